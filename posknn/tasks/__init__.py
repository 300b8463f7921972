"""The verbs of the command line as functions, one module and one function each, named alike."""
