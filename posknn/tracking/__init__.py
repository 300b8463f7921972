"""Frames in, poses out: sources and the MediaPipe pose tracker."""
