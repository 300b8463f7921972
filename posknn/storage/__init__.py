"""What posknn keeps on disk: recordings, classifier files, foreign formats."""
