"""Read what a folder of results holds: judged results, and the units behind them."""

import json
import pathlib
from typing import TYPE_CHECKING, Any

from limes._errors import InputError

if TYPE_CHECKING:
    import xarray

    from limes.draw import Picture

RUN = "#run"  # the ledger's record of the last run's options, beside the results of claims


def stored(out: str | pathlib.Path) -> dict[str, dict[str, Any]]:
    """Read the results in `out/ledger.sqlite` by claim; raises `InputError` where there is none."""
    from limes.studies.ledger import Ledger

    path = pathlib.Path(out) / "ledger.sqlite"
    if not path.is_file():
        raise InputError(
            f"no ledger at {str(path)!r}; run `limes verify --out {out}` first, or name the right folder with --out"
        )
    with Ledger.read(path) as ledger:
        return {claim: json.loads(text) for claim, text in ledger.results().items()}


def result_of(claim: str, out: str | pathlib.Path) -> dict[str, Any]:
    """Return the stored result of one claim; raises `InputError` with the claims that are there."""
    found = {name: result for name, result in stored(out).items() if name != RUN}
    if claim not in found:
        raise InputError(
            f"claim {claim!r} has no result in {str(out)!r} (it holds {', '.join(found) or 'none'}); run `limes verify {claim}` first"
        )
    return found[claim]


def claim_id(target: str) -> str:
    """Return the id of a claim that is named by id, or by the file that defines it."""
    if not target.endswith(".py"):
        return target
    from limes.claims.registry import find

    (claim, *_) = find([target])
    return claim.id


def units_of(target: str, out: str | pathlib.Path) -> tuple[Any, Any, Any, list[str]]:
    """Return claim, variant, measured cells and unit states of a judged claim, read from the ledger.

    `target` is the id of a shipped claim or the file of one's own. Raises `InputError` where
    the claim was edited since, so that the ledger holds other units.
    """
    from limes.claims.registry import find
    from limes.studies.collect import Collector
    from limes.studies.ledger import Ledger
    from limes.studies.local import Local
    from limes.studies.plan import entry

    found = find([target])
    if len(found) != 1:
        raise InputError(f"{target!r} names {len(found)} claims; give the id or file of one")
    (claim,) = found
    result = result_of(claim.id, out)
    settings = result["page"]["settings"]
    job = entry(claim, quick=result["page"]["quick"], seeds=settings["seeds"], x64=settings["x64"]).main
    with Ledger.read(pathlib.Path(out) / "ledger.sqlite") as ledger:
        collector = Collector(ledger, Local())
        measured, states = collector.measured(job, result["seeds"]), collector.states(job, result["seeds"])
    if "present" not in states:
        raise InputError(
            f"{str(out)!r} holds no unit of {claim.id} as it stands now; run `limes verify {target}` again"
        )
    return claim, job.variant, measured, states


def dataset_of(target: str, out: str | pathlib.Path) -> "xarray.Dataset":
    """Return the units of a judged claim as a dataset."""
    from limes.studies.datasets import dataset

    claim, variant, measured, states = units_of(target, out)
    attrs = {"claim": claim.id, "measure": variant.experiment.name, "source": variant.source}
    return dataset(variant.experiment, measured, states, attrs)


def own_picture_of(target: str, out: str | pathlib.Path) -> "Picture | None":
    """Redraw a claim's own picture from its stored units, so that any format can be written."""
    from limes.studies.pictures import picture_data

    claim, variant, measured, states = units_of(target, out)
    return None if claim.picture is None else claim.picture(picture_data(claim, variant, measured, states))
