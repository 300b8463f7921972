"""Poses in, predictions out: embedding, nearest neighbours, limits. Pure numpy; knows no camera and no file."""
