"""limes: the mathematics of neural networks, measured.

Public names are imported when first used, so that `import limes` costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ._compat import prepare_process

__version__ = "0.1.0"

_HOMES = {
    "Assume": "limes.claims.claim",
    "Bound": "limes.claims.kinds",
    "Claim": "limes.claims.claim",
    "Constant": "limes.models.functional",
    "Contraction": "limes.claims.kinds",
    "Control": "limes.claims.claim",
    "Data": "limes._types",
    "Divergence": "limes.claims.kinds",
    "EmpiricalRisk": "limes.risk.empirical",
    "Existence": "limes.claims.kinds",
    "ExpectationBound": "limes.claims.kinds",
    "Experiment": "limes.claims.experiment",
    "Identity": "limes.claims.kinds",
    "InputError": "limes._errors",
    "Law": "limes.claims.kinds",
    "Limit": "limes.claims.kinds",
    "Rate": "limes.claims.kinds",
    "Study": "limes.studies.study",
    "Trend": "limes.claims.kinds",
    "backward_nn": "limes.instruments.modes.network",
    "check_apply": "limes.models.check",
    "checkpointed_gradient": "limes.instruments.checkpointing",
    "descend": "limes.optimize.descent",
    "finite_differences": "limes.instruments.modes.differences",
    "forward_nn": "limes.instruments.modes.network",
    "functional": "limes.models.functional",
    "graph": "limes.instruments.graph",
    "inference": "limes.models.functional",
    "limit": "limes.limits",
    "linearize_model": "limes.instruments.tangent",
    "minimize": "limes.optimize.minimize",
    "solve": "limes.optimize.exact",
    "tangent_kernel": "limes.instruments.tangent",
    "tangent_operator": "limes.instruments.tangent",
    "verify": "limes.cli.session",
    "data": "limes.data:",
    "draw": "limes.draw:",
    "instruments": "limes.instruments:",
    "laws": "limes.laws:",
    "limits": "limes.limits:",
    "losses": "limes.risk.losses:",
    "models": "limes.models:",
    "optimize": "limes.optimize:",
    "risk": "limes.risk:",
    "stats": "limes.stats:",
}  # a home with a colon is a module, otherwise the module that defines the name

__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]

prepare_process()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'limes' has no attribute {name!r}")
    home, is_module, _ = _HOMES[name].partition(":")
    module = importlib.import_module(home)
    value = module if is_module else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]


if TYPE_CHECKING:
    from . import data, draw, instruments, laws, limits, models, optimize, risk, stats
    from ._errors import InputError
    from ._types import Data
    from .claims.claim import Assume, Claim, Control
    from .claims.experiment import Experiment
    from .claims.kinds import (
        Bound,
        Contraction,
        Divergence,
        Existence,
        ExpectationBound,
        Identity,
        Law,
        Limit,
        Rate,
        Trend,
    )
    from .cli.session import verify
    from .instruments.checkpointing import checkpointed_gradient
    from .instruments.graph import graph
    from .instruments.modes import backward_nn, finite_differences, forward_nn
    from .instruments.tangent import linearize_model, tangent_kernel, tangent_operator
    from .limits import limit
    from .models.check import check_apply
    from .models.functional import Constant, functional, inference
    from .optimize.descent import descend
    from .optimize.exact import solve
    from .optimize.minimize import minimize
    from .risk import EmpiricalRisk, losses
    from .studies.study import Study
