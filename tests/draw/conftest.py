"""Charts of every shape, with invented numbers."""

import pytest

SIZES = [16, 64, 256, 1024, 4096]


def series(center, label="measured, 8 seeds", low=None, high=None, points=None):
    return {"label": label, "center": center, "low": low, "high": high, "points": points}


def chart_of(x, y, curves, lines=(), words="Measured 1, predicted 1.", where=None):
    return {
        "name": "q",
        "kind": "Rate",
        "where": where or {},
        "x": x,
        "y": y,
        "series": curves,
        "lines": list(lines),
        "words": words,
    }


def make_charts():
    center = [n**-0.5 for n in SIZES]
    log = {"label": "D", "values": SIZES, "log": True}
    rate = series(
        center,
        low=[0.9 * c for c in center],
        high=[1.1 * c for c in center],
        points=[[0.8 * c, c, 1.3 * c] for c in center],
    )
    fit = {"role": "fit", "label": "fitted slope -0.50", "x": SIZES, "y": center}
    bound = {"role": "bound", "label": "bound 2 diam(Omega) norm / sqrt(p)", "x": [16, 4096], "y": [0.5, 0.03]}
    cells = [f"d = {d}, n = {n}" for d in (2, 5, 10) for n in (16, 64, 256)]
    ones = [1 + 0.01 * k for k in range(9)]
    steps = list(range(40))
    tiny = series([2e-16, 0.0, 3e-16, None, float("nan")], points=[[0.0, 1e-16], [0.0], None, [], [float("inf")]])
    return {
        "rate": chart_of(log, {"label": "kernel_error", "log": True}, [rate], [fit, bound], where={"d": 3}),
        "law": chart_of(
            {"label": "cell", "values": cells},
            {"label": "measured / predicted"},
            [series(ones, low=[o - 0.02 for o in ones], high=[o + 0.02 for o in ones])],
            [{"role": "predicted", "label": "predicted", "x": cells, "y": [1] * 9}],
        ),
        "names": chart_of(
            {"label": "activation", "values": ["relu", "tanh"]},
            {"label": "rank"},
            [series([12, 14]), series([3, 4], "other")],
            [{"role": "predicted", "label": "exact", "x": ["relu", "tanh"], "y": [12, 14]}],
        ),
        "identity": chart_of(
            log,
            {"label": "defect", "log": True},
            [tiny],
            [{"role": "bound", "label": "tolerance", "x": [16, 4096], "y": [1e-12, 1e-12]}],
        ),
        "zeros": chart_of(log, {"label": "defect", "log": True}, [series([0.0] * 5)]),
        "band": chart_of(
            {"label": "step", "values": steps},
            {"label": "loss"},
            [series(steps, low=steps, high=[s + 1 for s in steps]), series([2] * 40, "b")],
        ),
        "empty": chart_of({"label": "n", "values": []}, {"label": "q"}, []),
        "single": chart_of(
            {"label": "n", "values": [4]},
            {"label": "q"},
            [series([1.5])],
            [{"role": "predicted", "label": "p", "x": [4], "y": [1.4]}],
        ),
    }


@pytest.fixture
def charts():
    return make_charts()
