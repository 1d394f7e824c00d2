"""Compare two ways of doing the same work: alternating in one process, medians and their ratio, results as JSON."""

import json
import pathlib
import platform
import statistics
import time

RESULTS = pathlib.Path(__file__).parent / "results"


def compare(name, ours, peers, *, rounds=7, work=None, **facts):
    """Time `ours` and each of `peers` in turn; print and store the ratios peer / ours.

    `work` says how much each way does, if not the same: its seconds are divided by it. Processor seconds
    are kept too: they count all cores, and do not suffer when others use the machine.
    """
    ways = {"limes": ours, **peers}
    for way in ways.values():
        way()  # compile, import, warm up
    seconds, processor = {way: [] for way in ways}, {way: [] for way in ways}
    for _ in range(rounds):
        for way, run in ways.items():
            started, used = time.perf_counter(), time.process_time()
            run()
            seconds[way].append(time.perf_counter() - started)
            processor[way].append(time.process_time() - used)
    medians, used = (
        {way: statistics.median(values[way]) / (work or {}).get(way, 1) for way in ways}
        for values in (seconds, processor)
    )
    ratios = {way: medians[way] / medians["limes"] for way in peers}
    row = {
        "name": name,
        "median seconds": medians,
        "peer over limes": ratios,
        "median processor seconds": used,
        "peer over limes, processor": {way: used[way] / used["limes"] for way in peers},
        "rounds": rounds,
        "machine": machine(),
        **facts,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(row, indent=1) + "\n")
    for way, ratio in ratios.items():
        print(
            f"{name:20} {way:16} takes {ratio:6.2f} times as long as limes ({medians[way]:.3g} s, {medians['limes']:.3g} s) "
            f"and {used[way] / used['limes']:.2f} times the processor"
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
