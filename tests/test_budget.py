"""Gate on compiled programs: counted in the quick run, at most three a claim on average; this number only falls."""

PER_CLAIM = 3.0


def test_programs_stay_within_the_budget(quick_run):
    from limes.cli.stored import RUN, stored

    counts = {name: result["programs"] for name, result in stored(quick_run).items() if name != RUN}
    assert sum(counts.values()) <= PER_CLAIM * len(counts), counts
