"""Optimize: exact minimizers, descent, flows and their trajectories."""

from .exact import solve

__all__ = ["solve"]
