"""Limits: what a network becomes as its width tends to infinity."""

from . import width
from .limit import limit
from .width import InfiniteWidth

__all__ = ["InfiniteWidth", "limit", "width"]
