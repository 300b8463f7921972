"""What all tests share: warnings of a later MediaPipe, Ctrl-C, and the examples of properties."""

import os
import signal

from hypothesis import settings

from posknn.tracking.tracker import contacts_its_maker

if contacts_its_maker():  # it brings a warning, which is tested where it is made
    os.environ["PYTHONWARNINGS"] = "ignore:mediapipe "  # for the programs that tests start

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell that runs the tests in the background does so,
    signal.signal(signal.SIGINT, signal.default_int_handler)  # and the programs that tests start would inherit it

# The same examples in every run: a property that fails does so for everybody.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
