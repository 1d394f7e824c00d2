"""Counts: scalar operations of jaxprs by one table of rules."""

from .count import count, count_equation, register_operations
from .operations import Operations
from .table import rules

__all__ = ["Operations", "count", "count_equation", "register_operations", "rules"]
