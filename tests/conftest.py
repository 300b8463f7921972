"""What all tests share: a later MediaPipe than the pinned one brings a warning, which is tested where it is made."""

import os

from hypothesis import settings

from posknn.tracking.tracker import contacts_its_maker

if contacts_its_maker():
    os.environ["PYTHONWARNINGS"] = "ignore:mediapipe "  # for the programs that tests start

# The same examples in every run: a property that fails does so for everybody.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
