"""Compare two ways of doing the same work: alternating in one process, medians and their ratio, results as JSON."""

import json
import pathlib
import platform
import statistics
import time

RESULTS = pathlib.Path(__file__).parent / "results"


def compare(name, ours, peers, *, rounds=7, **facts):
    """Time `ours` and each of `peers` in turn; print and store the ratios peer / ours."""
    ways = {"limes": ours, **peers}
    for work in ways.values():
        work()  # compile, import, warm up
    seconds = {way: [] for way in ways}
    for _ in range(rounds):
        for way, work in ways.items():
            started = time.perf_counter()
            work()
            seconds[way].append(time.perf_counter() - started)
    medians = {way: statistics.median(values) for way, values in seconds.items()}
    ratios = {way: medians[way] / medians["limes"] for way in peers}
    row = {
        "name": name,
        "median seconds": medians,
        "peer over limes": ratios,
        "rounds": rounds,
        "machine": machine(),
        **facts,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(row, indent=1) + "\n")
    for way, ratio in ratios.items():
        print(
            f"{name:20} {way:16} takes {ratio:6.2f} times as long as limes ({medians[way]:.3g} s, {medians['limes']:.3g} s)"
        )
    return row


def machine():
    """Name the machine by what matters: cores, system, versions."""
    import os
    from importlib.metadata import version

    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("jax", "numpy", "scikit-learn")},
    }
