"""Judged results of every kind and verdict, with invented numbers, for the tests of the report."""

import math

import pytest

ENVIRONMENT = {
    "limes": "0.1.0",
    "jax": "0.10.2",
    "jaxlib": "0.10.2",
    "numpy": "2.4.6",
    "python": "3.11.7",
    "device": "cpu",
    "x64": True,
    "platform": "Linux x86_64",
}
SIZES = [16, 64, 256, 1024, 4096]


def prediction(name, kind, predicted, estimate, interval, verdict="supported", where=None, scale="exponent", reason=""):
    return {
        "name": name,
        "kind": kind,
        "quantity": name,
        "where": where or {},
        "scale": scale,
        "predicted": predicted,
        "estimate": estimate,
        "interval": interval,
        "verdict": verdict,
        "reason": reason,
    }


def wave(k, spread=0.15, count=8):
    return [math.exp(spread * math.sin(2.3 * k + 1.7 * s)) for s in range(count)]


def rate_chart(slope=-0.5, where=None, fitted=None, bound=True, level=1.0):
    fitted = slope if fitted is None else fitted
    center = [level * n**fitted for n in SIZES]
    lines = [
        {"role": "fit", "label": f"fitted slope {fitted:.3f}", "x": SIZES, "y": center},
        {"role": "predicted", "label": f"predicted slope {slope}", "x": SIZES, "y": [level * n**slope for n in SIZES]},
    ]
    if bound:
        lines.append(
            {
                "role": "bound",
                "label": "bound 2 diam(Omega) norm / sqrt(D)",
                "x": SIZES,
                "y": [4 * level * n**slope for n in SIZES],
            }
        )
    series = {
        "label": "measured, 8 seeds",
        "center": center,
        "low": [0.9 * c for c in center],
        "high": [1.1 * c for c in center],
        "points": [[c * w for w in wave(k)] for k, c in enumerate(center)],
    }
    return {
        "name": "error",
        "kind": "Rate",
        "where": where or {},
        "x": {"label": "D", "values": SIZES, "log": True},
        "y": {"label": "kernel error", "log": True},
        "series": [series],
        "lines": lines,
        "words": f"Measured exponent {fitted}, interval [{fitted - 0.012:.3f}, {fitted + 0.011:.3f}], predicted {slope}.",
    }


def law_chart():
    cells = [f"d = {d}, n = {n}" for d in (2, 5, 10) for n in (32, 128, 512)]
    center = [1 + 0.012 * math.sin(3 * k) for k in range(9)]
    series = {
        "label": "measured / predicted, 64 seeds",
        "center": center,
        "low": [c - 0.02 for c in center],
        "high": [c + 0.02 for c in center],
        "points": [[c * w for w in wave(k, 0.05)] for k, c in enumerate(center)],
    }
    return {
        "name": "risk",
        "kind": "Law",
        "where": {},
        "x": {"label": "cell", "values": cells, "log": False},
        "y": {"label": "measured / predicted", "log": False},
        "series": [series],
        "lines": [{"role": "predicted", "label": "predicted", "x": cells, "y": [1] * 9}],
        "words": "The ratio of measured to predicted risk lies in [0.97, 1.03] in 9 of 9 cells.",
    }


def identity_chart():
    return {
        "name": "defect",
        "kind": "Identity",
        "where": {},
        "x": {"label": "size", "values": [4, 8, 16, 32, 64], "log": True},
        "y": {"label": "largest defect", "log": True},
        "series": [
            {
                "label": "8 cases",
                "center": [2e-16, 0.0, 3e-16, 4.4e-16, None],
                "low": None,
                "high": None,
                "points": None,
            }
        ],
        "lines": [{"role": "bound", "label": "tolerance 1e-12", "x": [4, 64], "y": [1e-12, 1e-12]}],
        "words": "Agrees to 4e-16 on 40 cases.",
    }


def trend_chart():
    steps = list(range(30))
    up = [2 - 1.8 * math.exp(-k / 6) for k in steps]
    return {
        "name": "sharpness",
        "kind": "Trend",
        "where": {"step_size": 0.02},
        "x": {"label": "step", "values": steps, "log": False},
        "y": {"label": "sharpness times step size", "log": False},
        "series": [
            {
                "label": "gradient descent",
                "center": up,
                "low": [u - 0.06 for u in up],
                "high": [u + 0.06 for u in up],
                "points": None,
            },
            {"label": "gradient flow", "center": [0.5 * u for u in up], "low": None, "high": None, "points": None},
        ],
        "lines": [{"role": "reference", "label": "2", "x": [0, 29], "y": [2, 2]}],
        "words": "Kendall's tau is 0.98, interval [0.95, 1.00], and the trend is upward.",
    }


def page_of(
    chapter,
    statement,
    reading,
    words,
    charts,
    source="rahimi:2007, Claim 1",
    citation="A. Rahimi and B. Recht. Random features for large-scale kernel machines. NIPS, 2007.",
    assumes=None,
):
    rows = [[n, 0.25 * n**-0.5, 0.24 * n**-0.5, 0.26 * n**-0.5, 8] for n in SIZES]
    return {
        "chapter": chapter,
        "statement": statement,
        "reading": reading,
        "source": source,
        "citation": citation,
        "assumes": assumes or [],
        "charts": charts,
        "picture": None,
        "words": words,
        "grid": {"D": SIZES, "d": [3, 10]},
        "quick": True,
        "settings": {"alpha": 0.05, "looks": [8, 16, 32, 64], "claims": 54},
        "environment": ENVIRONMENT,
        "data": {"columns": ["D", "error: mean", "low", "high", "finite"], "rows": rows},
    }


def result(name, verdict, page, predictions, controls=(), reason="", seeds=8, notes=(), units=None):
    return {
        "id": name,
        "verdict": verdict,
        "reason": reason,
        "notes": list(notes),
        "predictions": predictions,
        "units": {
            "finite": 80,
            "overflow": 0,
            "nan": 0,
            "zero": 0,
            "timeout": 0,
            "killed": 0,
            "missing": 0,
            **(units or {}),
        },
        "seeds": seeds,
        "cells": 10,
        "skipped": [],
        "controls": list(controls),
        "seconds": 4.2,
        "page": page,
    }


def control(name, why, verdict="refuted", met=True, charts=(), role="assumption", estimate=-0.02):
    return {
        "name": name,
        "role": role,
        "expect": "refuted",
        "verdict": verdict,
        "met": met,
        "why": why,
        "predictions": [prediction("error", "Rate", -0.5, estimate, [-0.05, 0.01], verdict)],
        "seeds": 8,
        "cells": 5,
        "charts": list(charts),
    }


def make_results():
    law = [
        prediction(
            "risk", "Law", 0.1 * d, 0.1 * d * 1.003, [0.0985 * d, 0.1021 * d], where={"d": d, "n": n}, scale="mean"
        )
        for d in (2, 5, 10)
        for n in (32, 128, 512)
    ]
    rate = [prediction("error", "Rate", -0.5, -0.499, [-0.511, -0.488], where={"d": d}) for d in (3, 10)]
    heavy = control(
        "heavy tails",
        "frequencies of a Cauchy law leave the kernel without a second moment, so averaging does not help",
        charts=[rate_chart(-0.5, None, -0.02, False)],
    )
    wiring = control("exponent -1", "", role="wiring")
    gaussian = [{"text": "the frequencies are independent with the spectral law of the kernel", "state": "not checked"}]
    measured = [{"text": "the step size stays below $2 / \\lambda_{\\max}$", "state": "false in 3 of 48 units"}]
    return [
        result(
            "risk.random_features",
            "supported",
            page_of(
                "risk",
                r"\mathbb{E}\, \sup_{x, x'} \bigl| \langle \varphi_D(x), \varphi_D(x') \rangle - k(x, x') \bigr| = O\bigl(D^{-1/2}\bigr)",
                "Random features approach the kernel like one over the square root of their number.",
                "Supported (rate claim). Predicted exponent -0.5; the data place it in [-0.511, -0.488] (t interval over 8 seeds, 5 widths 16-4096, level 0.0125 per look), inside the declared band -0.6 to -0.4. Runs not finite: 0 of 80. This is evidence on these sizes, not a proof.",
                [rate_chart(where={"d": 3}), rate_chart(where={"d": 10}, fitted=-0.497, level=2)],
                assumes=gaussian,
            ),
            rate,
            [heavy, wiring],
        ),
        result(
            "risk.overfitting",
            "supported",
            page_of(
                "risk",
                r"\mathbb{E}\,\mathcal{R}(\hat\theta) = \sigma^2 \, \frac{d}{n - d - 1}",
                "The test risk of least squares follows an exact law and peaks where samples meet parameters.",
                "Supported (law). In 9 of 9 cells the measured mean lies within 5 % of the exact value.",
                [law_chart()],
            ),
            law,
            [control("correlated noise", "noise that repeats within a batch breaks independence", estimate=1.4)],
            seeds=64,
        ),
        result(
            "convolution.equivariance",
            "supported",
            page_of(
                "convolution",
                r"\Phi(T_s x) = T_s\,\Phi(x)",
                "A convolutional layer commutes with shifts.",
                "Supported (identity). Agrees to 4e-16 on 40 cases, tolerance 1e-12.",
                [identity_chart()],
                source="lecun:1989",
                citation="",
            ),
            [prediction("defect", "Identity", 0.0, 4.4e-16, None, scale="largest defect")],
            [control("zero padding", "padding with zeros is not a shift", estimate=0.21)],
        ),
        result(
            "optimization.edge_of_stability",
            "inconclusive",
            page_of(
                "optimization",
                r"\lambda_{\max}(\nabla^2 \mathcal{E}(\theta_k)) \to 2/\tau",
                "With large steps the sharpness climbs and then hovers at two over the step size.",
                "",
                [trend_chart()],
                assumes=gaussian,
            ),
            [
                prediction(
                    "sharpness", "Trend", 1.0, 0.98, [0.6, 1.0], "inconclusive", {"step_size": 0.02}, "Kendall's tau"
                )
            ],
            [control("tiny steps", "below the threshold nothing hovers", "not judged", False)],
            reason="noise: the interval [0.6, 1.0] is wider than the margin; 32 seeds would settle it",
        ),
        result(
            "perceptrons.barron_bound",
            "refuted",
            page_of(
                "perceptrons",
                r"\|f - f_p\|_{L^2(\mu)} \le \frac{2\,\mathrm{diam}(\Omega)\,\|f\|_B}{\sqrt{p}}",
                "A perceptron with p neurons approximates a Barron function within the bound.",
                "Refuted (bound). At p = 64 the mean error is 1.31 times the bound, interval [1.22, 1.40].",
                [rate_chart(-0.5, {"d": 2}, -0.31)],
            ),
            [prediction("error", "ExpectationBound", 1.0, 1.31, [1.22, 1.4], "refuted", {"p": 64}, "mean / bound")],
            [control("rough target", "a target without Barron norm", "supported", False)],
            notes=["p = 16384 was left out: one cell needs 9 GB"],
        ),
        result(
            "optimization.step_size",
            "assumption not met",
            page_of(
                "optimization",
                r"\mathcal{E}(\theta_k) - \mathcal{E}^* \le \rho^k \bigl(\mathcal{E}(\theta_0) - \mathcal{E}^*\bigr)",
                "Gradient descent with a small step converges linearly.",
                "",
                [],
                assumes=measured,
            ),
            [prediction("risk", "Contraction", 0.9, 0.93, [0.92, 0.94], "refuted", scale="factor")],
            reason="the step size stays below its limit: false in 3 of 48 units",
            units={"overflow": 3, "finite": 45},
        ),
        result(
            "mine.broken",
            "error",
            page_of(None, "x = y", "A claim whose measurement raises.", "", [], source="", citation=""),
            [],
            reason="MeasureError: measure() returned shape (3,) in cell n = 4 and (4,) in cell n = 8",
            seeds=0,
            units={"finite": 0, "missing": 12},
        ),
        {"id": "transformers.clustering", "verdict": None, "page": None},
    ]


@pytest.fixture
def results():
    return make_results()


@pytest.fixture
def environment():
    return dict(ENVIRONMENT, command="limes verify --quick")
