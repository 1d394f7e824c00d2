import io

import numpy as np
import pytest

from limes.optimize.progress import Progress, duration, frozen_text, risk_text


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Screen(io.StringIO):
    def __init__(self, live):
        super().__init__()
        self.live = live

    def isatty(self):
        return self.live


def play(live, wanted=True, pause=1.0, alive=True):
    screen, clock = Screen(live), Clock()
    progress = Progress(1000, stream=screen, clock=clock, wanted=wanted)
    for step in range(0, 1001, 100):
        progress.update(step, {"risk": np.array(0.5)}, np.array(alive))
        clock.now += pause
    progress.close(1000, np.array(alive))
    return screen.getvalue()


def test_a_plain_line_every_few_seconds():
    lines = play(live=False).splitlines()
    assert lines == [
        "minimize: step 500 of 1,000, risk 0.5 · 5 s to go",
        "minimize: step 1,000 of 1,000, risk 0.5 · 1 s to go",
    ]


def test_short_runs_and_unwanted_progress_are_silent():
    assert play(live=False, pause=0.1) == ""
    assert play(live=False, wanted=False) == ""
    assert play(live=True, wanted=False, alive=False) == ""


def test_a_terminal_has_one_live_line_that_is_cleared():
    text = play(live=True)
    assert text.count("\r\x1b[2K") == 11
    assert text.endswith("\r\x1b[2K")
    assert "\n" not in text
    assert "compiling" in text


def test_ends_are_reported():
    assert play(live=False, pause=0.1, alive=False) == "minimize: diverged in 1,000 steps; see status and carry.taken\n"
    screen = Screen(False)
    Progress(1000, stream=screen).close(300, np.array(True), interrupted=True)
    assert screen.getvalue() == "minimize: interrupted after 300 of 1,000 steps, which are returned\n"


def test_words():
    assert risk_text({"batch_risk": np.array([1.0, 2.0, np.nan, 9.0])}) == ["median batch risk 2"]
    assert risk_text({"norm": np.ones(2)}) == risk_text({"risk": np.array(np.nan)}) == []
    assert frozen_text(np.array([True, False, False])) == ["2 of 3 replicas diverged"]
    assert frozen_text(np.ones(3, bool)) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (59, "59 s"), (150, "2 min"), (7300, "2 h"), (100, "100 s")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text
