"""A NumPy study to be killed: `python killed_study.py FOLDER` prints each key once it is acknowledged."""

import sys
import time

from limes import Experiment, Study
from limes.data.random import generator


def measure(key, *, size, scale):
    """Plain NumPy: a sum of random numbers, and the numbers."""
    rng = generator(key)
    time.sleep(0.01)
    x = scale * rng.standard_normal(size)
    return {"sum": x.sum(), "draws": rng.standard_normal(64)}


EXPERIMENT = Experiment(measure, host=True, outputs={"draws": ("i",)}, coords={"i": list(range(64))})
STUDY = Study(EXPERIMENT, {"size": [4, 16, 64, 256], "scale": [0.5, 2.0]}, seeds=16)


def main(folder):
    """Run what is missing; acknowledge every committed unit on stdout."""
    from limes.studies.events import Committed
    from limes.studies.ledger import Ledger
    from limes.studies.study import ledger_path

    job = STUDY.job
    with Ledger(ledger_path(folder)) as ledger:
        print("open", flush=True)
        for event in STUDY.events(ledger):
            if isinstance(event, Committed):
                for seed in event.seeds:
                    print(job.variant.key(event.cell, seed).hex(), flush=True)
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
