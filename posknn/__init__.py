"""Teach a computer body poses by showing them."""

from __future__ import annotations

from posknn.values import Frame, Pose

__all__ = ["Frame", "Pose"]
