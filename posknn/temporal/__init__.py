"""Predictions over time, in seconds: smoothing, segments, repetitions."""
