"""Every error that posknn raises about the world outside.

    PosknnError                  catch this one to catch them all
    ├── SourceError              a camera, video, picture or address cannot be read
    ├── ModelFileError           the tracker's model file is missing, damaged or unknown
    ├── TrackerError             the pose tracker cannot start or has failed
    ├── FileFormatError          a file is not what it should be; says file, place and what was expected
    │   └── NewerFormatError     a file written by a later posknn than this one
    ├── NotTaughtError           a classifier was asked before it had any example
    ├── UnknownLabelError        a label that was never taught
    ├── OutputError              a window, video, table or other file cannot be written
    └── MissingPackageError      an optional package is needed; says how to install it

A wrong argument from the caller's own code (another vector length, k below 1) is a plain ValueError.
"""

from __future__ import annotations

__all__ = [
    "FileFormatError",
    "MissingPackageError",
    "ModelFileError",
    "NewerFormatError",
    "NotTaughtError",
    "OutputError",
    "PosknnError",
    "PrivacyWarning",
    "SourceError",
    "TrackerError",
    "UnknownLabelError",
]


class PosknnError(Exception):
    """The root of all errors that posknn raises about the world outside."""


class SourceError(PosknnError):
    """A camera, video, picture or address cannot be read."""


class ModelFileError(PosknnError):
    """The tracker's model file is missing, damaged or unknown."""


class TrackerError(PosknnError):
    """The pose tracker cannot start or has failed."""


class FileFormatError(PosknnError):
    """A file is not what it should be."""


class NewerFormatError(FileFormatError):
    """A file was written by a later posknn than this one."""


class NotTaughtError(PosknnError):
    """A classifier was asked before it had any example."""


class UnknownLabelError(PosknnError):
    """A label was named that was never taught."""


class OutputError(PosknnError):
    """A window, video, table or other file cannot be written."""


class MissingPackageError(PosknnError):
    """An optional package is needed and not installed."""


class PrivacyWarning(UserWarning):
    """The installed MediaPipe contacts its maker; posknn blocks that as far as it can."""
