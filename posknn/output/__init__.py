"""Results out: the overlay, a window, annotated video, tables."""
