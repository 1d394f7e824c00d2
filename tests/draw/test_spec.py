from limes.draw.spec import read, short, where


def test_missing_numbers_are_skipped_and_lengths_agree(charts):
    spec = read(charts["identity"])
    curve = spec.curves[0]
    assert len(curve.center) == len(curve.low) == len(curve.points) == 5
    assert curve.center[3:] == [None, None]
    assert curve.points == [[0.0, 1e-16], [0.0], [], [], []]
    assert curve.last() == 3e-16


def test_names_on_the_axis(charts):
    spec = read(charts["names"])
    assert spec.names == ["relu", "tanh"]
    assert spec.places == [0.0, 1.0]
    assert spec.lines[0].x == [0.0, 1.0]


def test_numbers_in_words():
    assert short(-0.51234) == "\u22120.5123"
    assert short(64.0) == "64"
    assert short(None) == ""
    assert short("relu") == "relu"
    assert where({"d": 3, "tau": 0.5}) == "d = 3, tau = 0.5"
    assert where("nonsense") == ""
