"""One reverse sweep per output: what it takes to multiply derivatives, without forming them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._compat import is_dropped, is_literal, jaxpr_function, one_equation

from .program import Call, trace
from .sites import CALLS, Found, Path, Site, find, inner_jaxpr, scan_of

Treatment = tuple[str, ...]  # of every parameter: "factors", "formed" or "rows"


class Features(NamedTuple):
    r"""What stands for the derivative of one example.

    `factors`: pairs of $a$, blocks by terms by inputs, and $c$, outputs of the network by blocks by terms by outputs.
    `rows`: the derivative itself for the other parameters, outputs of the network by entries.
    """

    factors: list[tuple[Float[Array, "b t i"], Float[Array, "o b t f"]]]
    rows: list[Float[Array, "o m"]]


def features(call: Call, treatment: Treatment, leaves: Sequence[Array], x: Any) -> Features:
    """Sweep back once per output, and keep operands and cotangents of products, derivatives of the rest."""
    program = trace(call, leaves, x)
    found = find(program.jaxpr, program.num_params)
    groups = [(how, group) for leaf, how in enumerate(treatment) if how != "rows" for group in found.groups(leaf)]
    active = {site.path: site for _, group in groups for site in group}
    rows = [leaf for leaf, how in enumerate(treatment) if how == "rows"]
    player = Player(found, active)

    def forward(moving: Sequence[Array], probes: dict[Path, Array]) -> tuple[Array, dict[Path, Array]]:
        filled = list(leaves)
        for leaf, value in zip(rows, moving, strict=True):
            filled[leaf] = value
        args = program.run_args(filled, x)
        (out,), kept, _ = player.play(program.jaxpr, program.constants, args, {}, probes, ())
        return out.reshape(-1), kept

    probes = {path: jnp.zeros(site.out.shape, site.out.dtype) for path, site in active.items()}
    out, pull, kept = jax.vjp(forward, [leaves[leaf] for leaf in rows], probes, has_aux=True)
    derivatives, cotangents = jax.vmap(pull)(jnp.eye(out.size, dtype=out.dtype))
    pairs = [(how, _factors(group, kept, cotangents)) for how, group in groups]
    formed = [_formed(*pair) for how, pair in pairs if how == "formed"]
    return Features(
        [pair for how, pair in pairs if how == "factors"],
        _joined([*(value.reshape(out.size, -1) for value in derivatives), *formed]),
    )


def _factors(group: list[Site], kept: dict[Path, Array], cotangents: dict[Path, Array]) -> tuple[Array, Array]:
    """Return the factors of one matrix; every use of it adds terms to the sum."""
    a = [site.activation(kept[site.path]) for site in group]
    c = [jax.vmap(site.cotangent)(cotangents[site.path]) for site in group]
    return jnp.concatenate(a, axis=1), jnp.concatenate(c, axis=2)


def _formed(a: Array, c: Array) -> Array:
    return jnp.einsum("bti,obtf->obif", a.astype(c.dtype), c).reshape(c.shape[0], -1)


def _joined(rows: list[Array], small: int = 1024) -> list[Array]:
    """Put short rows into one: every matrix of rows costs a matrix of inner products."""
    few = [row for row in rows if row.shape[1] <= small]
    kinds = {kind: [row for row in few if row.dtype == kind] for kind in dict.fromkeys(row.dtype for row in few)}
    return [*(row for row in rows if row.shape[1] > small), *(jnp.concatenate(same, axis=1) for same in kinds.values())]


Scales = dict[Any, Array]  # the numbers by which views of parameters are multiplied


@dataclass(frozen=True)
class Player:
    """Runs a program with a probe added to chosen products, and keeps their other operands."""

    found: Found
    active: dict[Path, Site]

    def play(
        self,
        jaxpr: Any,
        constants: Sequence[Any],
        args: Sequence[Any],
        scales: Scales,
        probes: dict[Path, Array],
        path: Path,
    ) -> tuple[list[Any], dict[Path, Array], list[Array | None]]:
        """Return the outputs, the kept operands by path, and the factors of outputs that are views."""
        known = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*constants, *args], strict=True))
        scales, kept = dict(scales), {}

        def read(atom: Any) -> Any:
            return atom.val if is_literal(atom) else known[atom]

        for number, equation in enumerate(jaxpr.eqns):
            here = (*path, number)
            values = [read(atom) for atom in equation.invars]
            factors = [None if is_literal(atom) else scales.get(atom) for atom in equation.invars]
            results, inside, grown = self._equation(equation, values, factors, probes, here)
            known |= dict(zip(equation.outvars, results, strict=True))
            scales |= {out: scale for out, scale in zip(equation.outvars, grown, strict=True) if scale is not None}
            kept |= inside
        outputs = [None if is_literal(atom) else scales.get(atom) for atom in jaxpr.outvars]
        return [read(atom) for atom in jaxpr.outvars], kept, outputs

    def _equation(
        self, equation: Any, values: list[Any], factors: list[Array | None], probes: dict[Path, Array], here: Path
    ) -> tuple[list[Any], dict[Path, Array], list[Array | None]]:
        nothing: list[Array | None] = [None] * len(equation.outvars)
        if here in self.found.entered and equation.primitive.name in CALLS:
            inner, constants = inner_jaxpr(equation)
            scales = {var: scale for var, scale in zip(inner.invars, factors, strict=True) if scale is not None}
            return self.play(inner, constants, values, scales, probes, here)
        if here in self.found.entered and any(path[: len(here)] == here for path in self.active):
            return (*self._scan(equation, values, factors, probes, here), nothing)
        results = run(equation, values)
        if here in self.active:
            (z,), site = results, self.active[here]
            a, scale = values[1 - site.operand], factors[site.operand]
            return [z + probes[here]], {here: a if scale is None else a * scale.astype(a.dtype)}, nothing
        if here in self.found.moves:
            return results, {}, [_scale(equation, *self.found.moves[here], values, factors)]
        return results, {}, nothing

    def _scan(
        self, equation: Any, values: list[Any], factors: list[Array | None], probes: dict[Path, Array], here: Path
    ) -> tuple[list[Any], dict[Path, Array]]:
        body, constants, num_consts, num_carry = scan_of(equation)
        first = num_consts + num_carry
        scales = {var: scale for var, scale in zip(body.invars, factors, strict=True) if scale is not None}
        mine = {path: probe for path, probe in probes.items() if path[: len(here)] == here}

        def step(carry: list[Any], slices: Any) -> tuple[list[Any], Any]:
            args = [*values[:num_consts], *carry, *slices[0]]
            outs, kept, _ = self.play(body, constants, args, scales, slices[1], here)
            return outs[:num_carry], (outs[num_carry:], kept)

        params = equation.params
        how = {name: params[name] for name in ("length", "reverse", "unroll")}
        carry, (stacked, kept) = jax.lax.scan(step, values[num_consts:first], (values[first:], mine), **how)
        return [*carry, *stacked], kept


def run(equation: Any, values: Sequence[Any]) -> list[Any]:
    """Run one equation; None stands for outputs that nobody reads."""
    given = {atom: value for atom, value in zip(equation.invars, values, strict=True) if not is_literal(atom)}
    results = iter(jaxpr_function(one_equation(equation, equation.invars))(*given.values()))
    return [None if is_dropped(out) else next(results) for out in equation.outvars]


def _scale(
    equation: Any, place: int, factor: int | None, values: list[Any], factors: list[Array | None]
) -> Array | None:
    known = factors[place]
    if equation.primitive.name == "neg":
        return -jnp.ones((), jnp.result_type(values[place])) if known is None else -known
    if factor is None:
        return known
    c = jnp.asarray(values[factor]).reshape(-1)[0]
    c = 1 / c if equation.primitive.name == "div" else c
    return c if known is None else known.astype(c.dtype) * c
