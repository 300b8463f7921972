"""Send events to other programs, each kind of receiver in a file of its own, never holding up the loop."""
