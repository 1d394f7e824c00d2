"""The record of counted scalar operations."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Operations:
    r"""Scalar operations on floats by kind, with integer work apart: $\text{total} = add + mul + nonlin + compare$.

    `add` also holds subtractions and changes of sign, `mul` products, quotients and remainders, `nonlin` functions such as
    exp, sqrt or pow, `compare` comparisons, maxima, absolute values, roundings and choices. `integer` holds everything done
    on integers, booleans and random keys; it is no part of the total. Moves and casts are free.

    The flags are inherited by sums: `approximate` (a rule without an exact count took part), `dynamic` (a while loop was
    counted as one pass), `branch` (a cond was counted by its dearest branch).
    """

    add: int = 0
    mul: int = 0
    nonlin: int = 0
    compare: int = 0
    integer: int = 0
    approximate: bool = False
    dynamic: bool = False
    branch: bool = False

    @property
    def total(self) -> int:
        """The number of operations on floats."""
        return self.add + self.mul + self.nonlin + self.compare

    def __add__(self, other: Operations) -> Operations:
        return Operations(
            self.add + other.add,
            self.mul + other.mul,
            self.nonlin + other.nonlin,
            self.compare + other.compare,
            self.integer + other.integer,
            self.approximate or other.approximate,
            self.dynamic or other.dynamic,
            self.branch or other.branch,
        )

    def times(self, repeats: int) -> Operations:
        """The same work done `repeats` times."""
        return replace(
            self,
            add=repeats * self.add,
            mul=repeats * self.mul,
            nonlin=repeats * self.nonlin,
            compare=repeats * self.compare,
            integer=repeats * self.integer,
        )
