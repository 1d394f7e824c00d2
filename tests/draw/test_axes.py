from xml.etree import ElementTree

import numpy as np

from limes.draw import Panel, arrows, band, bars, contours, image, lines, panels, scatter, texts


def make(salt="a"):
    x = np.linspace(-1, 1, 12)
    first = [
        Panel(
            [scatter(x, x**2, "data"), lines(x, x**2, "fit $p=6$", color=1), band(x, x - 1, x)],
            title="p = 6",
            x="x",
            y="y",
        ),
        Panel([image(np.eye(5), bar=True)], title="attention $A_{ij}$"),
    ]
    second = [
        Panel([contours(x, x, np.add.outer(x**2, x**2)), arrows([0], [0], [0.5], [0.5])], equal=True, y_log=False),
        Panel(
            [
                texts([0, 1], [0, 1], ["$\\theta_1$", "<script>"], boxed=True),
                bars([0, 1], [1, 2], "counts", color="green"),
            ],
            bare=True,
        ),
    ]
    return panels([first, second], words='Fits & "paths"', salt=salt)


def test_same_bytes_twice_described_and_themeable():
    picture = make()
    assert picture.svg == make().svg
    assert "#010203" not in picture.svg
    assert ElementTree.fromstring(picture.svg).get("aria-label") == 'Fits & "paths"'


def test_images_are_data():
    links = [v for e in ElementTree.fromstring(make().svg).iter() for k, v in e.attrib.items() if k.endswith("href")]
    assert any(v.startswith("data:image/png;base64,") for v in links)
    assert all(v.startswith(("#", "data:image/png;base64,")) for v in links)


def test_a_flat_list_is_one_row():
    picture = panels(
        [Panel([lines([1, 10], [1, 0.1])], x_log=True, y_log=True), Panel([])], words="two", width=4, height=2
    )
    assert 'height="144pt"' in picture.svg
    assert picture.save("pdf").startswith(b"%PDF")
