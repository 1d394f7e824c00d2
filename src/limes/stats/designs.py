"""The simulated designs: every rule with worlds in which it should and should not support."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from .cases import Bounds, Cases, Descents, Ratios, Trends
from .decision import Decision
from .rules import (
    bound,
    contraction,
    divergence,
    existence,
    expectation_bound,
    identity,
    law,
    limit,
    rate,
    trend,
)
from .simulate import Decide, Design, World
from .worlds import Holes, Overflows, PowerLaws, Scaled

FALSE_SLOPES = (0.0, -0.25, -0.35, -0.65, -1.0)
NOISES = (0.05, 0.2, 0.5, 1.0)


def grid(first: int, last: int, base: int = 2) -> tuple[float, ...]:
    """Return the sizes base^first .. base^last."""
    return tuple(float(base) ** i for i in range(first, last + 1))


GRIDS = {"2^4..2^12": grid(4, 12), "2^4..2^10": grid(4, 10), "4^2..4^8": grid(2, 8, 4)}
LONG = GRIDS["2^4..2^12"]


def over_sizes(rule, sizes: Sequence[float], **settings) -> Decide:
    """Bind sizes and settings of a rule that takes values on a grid of sizes."""
    array = np.asarray(sizes)

    def decide(values: np.ndarray, level: float) -> Decision:
        return rule(values, array, level=level, **settings)

    return decide


def rate_worlds(sizes: tuple[float, ...], noise: float) -> tuple[World, ...]:
    """Return the gated worlds of a rate -1/2 and its border, corrections k p^-b."""
    laws = partial(PowerLaws, sizes, noise)
    return (
        World("-0.5", "true", laws((-0.5,))),
        World("0, -.25, -.35, -.65, -1", "false", laws(FALSE_SLOPES)),
        World("-0.6 or -0.4, log-linear", "border", laws((-0.6, -0.4), k=(0.0, 0.0))),
    )


def rate_designs() -> list[Design]:
    """Return the gated designs: three grids, four noises."""
    return [
        Design("rate", f"{name}, noise {noise}", over_sizes(rate, sizes, slope=-0.5), rate_worlds(sizes, noise))
        for name, sizes in GRIDS.items()
        for noise in NOISES
    ]


def harsh_designs() -> list[Design]:
    """Return worlds outside the declared class, and other forms of the rate rule: no gates."""
    half = over_sizes(rate, LONG, slope=-0.5)
    laws = partial(PowerLaws, LONG, 0.2)
    relative = [
        Design(
            "rate, harsh",
            f"{name}, noise {noise}",
            over_sizes(rate, sizes, slope=-0.5),
            (
                World("-0.5, k (p/p1)^-b", "other", PowerLaws(sizes, noise, (-0.5,), relative=True)),
                World("false, k (p/p1)^-b", "other", PowerLaws(sizes, noise, FALSE_SLOPES, relative=True)),
            ),
            share=0.2,
        )
        for name, sizes in GRIDS.items()
        for noise in NOISES
    ]
    slow = [
        World(f"{m}, k = 4, b = {b}", "other", laws((m,), k=(4.0, 4.0), bs=(b,)))
        for m in (-0.5, -0.35)
        for b in (0.25, 0.35, 0.7, 1.5, 3.0)
    ]
    floors = [
        World(f"{m} over a floor of {f} x last", "other", laws((m,), k=(0.0, 0.0), floor=f))
        for m in (-0.5, -1.0)
        for f in (0.1, 0.3, 1.0)
    ]
    logs = World("-0.5, log p undeclared", "other", laws((-0.5,), log_power=1.0))
    declared = Design(
        "rate, harsh",
        "log p declared",
        over_sizes(rate, LONG, slope=-0.5, log_power=1),
        (World("-0.5 with log p", "true", laws((-0.5,), log_power=1.0)),),
        share=0.2,
    )
    outside = Design("rate, harsh", "slow, floor, log; noise 0.2", half, (*slow, *floors, logs), share=0.2)
    return [*relative, outside, declared]


def statistic_designs() -> list[Design]:
    """Return rates of means and mean squares, with missing cells, and of deterministic curves."""
    designs = []
    for statistic, kinds in (("mean", ("lognormal", "gamma1", "gamma16")), ("mean_square", ("gauss", "t5", "rms16"))):
        for kind in kinds:
            worlds = [
                World(name, truth, Scaled(PowerLaws(LONG, 0.0, slopes), kind))
                for name, truth, slopes in (("-0.5", "true", (-0.5,)), ("0 .. -1", "false", FALSE_SLOPES))
            ]
            worlds.append(
                World("-0.6 or -0.4", "border", Scaled(PowerLaws(LONG, 0.0, (-0.6, -0.4), k=(0.0, 0.0)), kind))
            )
            decide = over_sizes(rate, LONG, slope=-0.5, statistic=statistic)
            designs.append(Design("rate, over seeds", f"{statistic}, {kind}", decide, tuple(worlds), share=0.2))
    holes = []
    for cells, late in ((1, False), (4, True), (8, False)):
        for m, truth in ((-0.5, "true"), (-0.35, "false")):
            drawn = Holes(PowerLaws(LONG, 0.2, (m,)), cells, late)
            holes.append(World(f"{m}, {cells} missing{' late' if late else ''}", truth, drawn))
    settings = {"slope": -0.5, "resolution": 1e-3, "largest": 2.0}
    designs.append(Design("rate, missing", "noise 0.2", over_sizes(rate, LONG, **settings), tuple(holes), share=0.2))
    exact = partial(PowerLaws, LONG, 0.0, bs=(1.0,), seed_effect=0.0, seeds=1)
    designs.append(
        Design(
            "rate, exact",
            "one curve, band 0.05, b = 1",
            over_sizes(rate, LONG, slope=-1.0, band=0.05, corrections=(1.0,), resolution=1e-6),
            (
                World("-1, k to 10", "true", exact((-1.0,), k=(-0.8, 10.0))),
                World("-0.9 or -1.1", "false", exact((-0.9, -1.1))),
            ),
            looks=False,
            share=0.2,
        )
    )
    return designs


def limit_designs() -> list[Design]:
    """Return limits with claimed slope -1/2: floors, other rates, nothing vanishing."""
    designs = []
    for noise in (0.05, 0.2, 0.5):
        laws = partial(PowerLaws, LONG, noise)
        worlds = [World("-0.5", "true", laws((-0.5,)))]
        worlds += [
            World(f"floor {f} x last", "false", laws((-0.5,), k=(0.0, 2.0), floor=f))
            for f in (0.5, 1.0, 4.0, 16.0, 64.0)
        ]
        worlds += [World("constant", "false", laws((0.0,)))]
        worlds += [World(f"slower: {m}", "other", laws((m,))) for m in (-0.35, -0.25, -0.15, -0.1)]
        worlds += [World("slower: 1 / log p", "other", laws((0.0,), k=(0.0, 0.0), log_power=-1.0))]
        designs.append(
            Design("limit", f"-1/2, noise {noise}", over_sizes(limit, LONG, slope=-0.5), tuple(worlds), share=0.2)
        )
    return designs


def divergence_designs() -> list[Design]:
    """Return divergences with margin 0.1, finite and overflowing."""
    designs = []
    for noise in (0.05, 0.2, 0.5):
        laws = partial(PowerLaws, LONG, noise)
        worlds = (
            World("0.25 or 0.5", "true", laws((0.25, 0.5))),
            World("0 or -0.25", "false", laws((0.0, -0.25))),
            World("0.1, log-linear", "border", laws((0.1,), k=(0.0, 0.0))),
        )
        designs.append(
            Design(
                "divergence", f"margin 0.1, noise {noise}", over_sizes(divergence, LONG, margin=0.1), worlds, share=0.2
            )
        )
    worlds = (
        World("geometric, late overflow", "true", Overflows(LONG, 1.3)),
        World("geometric, early overflow", "true", Overflows(LONG, 8.0)),
        World("constant, inf at random 1 %", "false", Overflows(LONG, 1.0, 0.01)),
        World("constant, inf at random 30 %", "false", Overflows(LONG, 1.0, 0.3)),
    )
    designs.append(
        Design("divergence", "margin 0.1, overflow", over_sizes(divergence, LONG, margin=0.1), worlds, share=0.2)
    )
    return designs


def contraction_designs() -> list[Design]:
    """Return contractions by 0.9 with transients above a floor of 1e-6."""
    worlds = [
        World(f"{factor}, transient {g}", truth, Descents(factor, g))
        for factor, truth in ((0.9, "true"), (0.87, "false"), (0.93, "false"), (0.95, "false"), (0.92, "other"))
        for g in (0.05, 0.1, 0.3)
    ]
    worlds.append(World("0.92, no transient", "border", Descents(0.92, 5.0)))
    decide = over_sizes(contraction, range(160), factor=0.9, resolution=1e-6)
    return [Design("contraction", "0.9 +- 0.02", decide, tuple(worlds), share=0.05)]


def trend_designs() -> list[Design]:
    """Return rising trends over 7 sizes."""
    worlds = (
        World("rising 0.5 sd a size", "true", Trends(0.5)),
        World("rising 0.5 sd, paired", "true", Trends(0.5, paired=True)),
        World("rising 0.5 sd, 8 missing", "true", Trends(0.5, missing=8)),
        World("falling 0.5 sd a size", "false", Trends(-0.5)),
        World("falling 0.5 sd, 8 missing", "false", Trends(-0.5, missing=8)),
        World("no trend", "border", Trends(0.0)),
        World("no trend, paired", "border", Trends(0.0, paired=True)),
    )
    return [Design("trend", "7 sizes", over_sizes(trend, grid(1, 7), increasing=True), worlds, share=0.2)]


def law_designs() -> list[Design]:
    """Return laws within 5 %, by statistic and shape of the units."""
    designs = []
    shapes = {
        "mean": ("normal:0.1", "normal:0.5", "gamma:0.3", "gamma:1", "lognormal:1", "t3:0.3"),
        "median": ("normal:0.1", "t3:0.3", "lognormal:0.3"),
        "mean_log": ("lognormal:0.1", "lognormal:0.3", "lognormal:1"),
    }
    for statistic, kinds in shapes.items():
        for kind in kinds:
            ratios = (("true", 1.0), ("false", 0.8), ("false", 1.25), ("border", 1.05), ("border", 0.95))
            worlds = tuple(World(f"ratio {r}", truth, Ratios(kind, r, statistic)) for truth, r in ratios)

            def decide(values: np.ndarray, level: float, statistic: str = statistic) -> Decision:
                return law(values, 1.0, level=level, statistic=statistic)

            designs.append(Design("law", f"{statistic}, {kind}", decide, worlds, share=0.2))
    return designs


def expectation_designs() -> list[Design]:
    """Return expectation bounds on 7 sizes, at 50 to 130 % of the bound."""
    designs = []
    for kind in ("lognormal:0.3", "lognormal:1", "gamma:0.3", "gamma:1"):
        worlds = (
            World("mean / bound 0.5", "true", Bounds(kind, 0.5)),
            World("mean / bound 0.7", "true", Bounds(kind, 0.7)),
            World("1.0", "border", Bounds(kind, 1.0)),
            World("1.0, paired .8", "border", Bounds(kind, 1.0, 0.8)),
            World("1.3", "false", Bounds(kind, 1.3)),
        )

        def decide(values: np.ndarray, level: float) -> Decision:
            return expectation_bound(values, 1.0, level=level)

        designs.append(Design("expectation_bound", kind, decide, worlds, least=32, share=0.1))
    return designs


def case_designs() -> list[Design]:
    """Return the rules about single cases, without looks."""
    worlds = tuple(
        World(f"{chance:g} violated, {num} cases", "true" if chance == 0 else "false", Cases(chance, num))
        for num in (8, 64, 1000)
        for chance in (0.0, 0.003, 0.1)
    )
    broken = World("no violation, 1 of 8 not finite", "other", Cases(0.0, 8, 1))
    searches = tuple(World(f"witness in 1 % of cases, {num} tried", "true", Cases(0.0, num)) for num in (8, 64, 1000))
    none = World("no witness, 64 tried", "false", Cases(1.0, 64))
    rules: dict[str, tuple[Decide, tuple[World, ...]]] = {
        "identity": (lambda values, _: identity(values, tolerance=1.0), (*worlds, broken)),
        "bound": (lambda values, _: bound(values, below=1.0), (*worlds, broken)),
        "existence": (lambda values, _: existence(values, bound=0.01), (*searches, none)),
    }
    return [Design(name, "cases", decide, chosen, looks=False, share=0.2) for name, (decide, chosen) in rules.items()]


def all_designs() -> list[Design]:
    """Return every simulated design, the gated rates first."""
    makers = (
        rate_designs,
        harsh_designs,
        statistic_designs,
        limit_designs,
        divergence_designs,
        contraction_designs,
        trend_designs,
        law_designs,
        expectation_designs,
        case_designs,
    )
    return [design for maker in makers for design in maker()]
