"""Pictures that can be taken hold of, as the build draws them: true to the engine, whole without a script."""

import math
import runpy
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import site_book
from test_run import program

from autograd.check import gradcheck
from autograd.grad import ValueNode
from autograd.nn import MLP, Neuron
from autograd.optim import Adam
from autograd.rules import sin
from literate import explore
from literate.blocks import Block, PageError, parse
from literate.canvas import Canvas, power
from literate.chapter import Chapter, notebook

NAMES = ["difference", "moons", "neuron"]
FENCE = '```{.explore picture="two" caption="Two is $2$." look="Look at it."}\n```\n'
TWO = """\
CONTROLS = [{"name": "n", "label": "How many", "min": 0, "max": 9, "step": 1, "value": 2}]


def view(values):
    table = [["", "", "n"], ["one", "a < b", str(values["n"])]]
    return {"pictures": ["<svg></svg>"], "table": table, "texts": {"n": "two"}, "says": "Two."}
"""


def picture(name: str) -> dict[str, Any]:
    return runpy.run_path(str(site_book.ROOT / explore.FOLDER / f"{name}.py"))


def values(names: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {control["name"]: control["value"] for control in names["CONTROLS"]} | changes


def only() -> Block:
    (block,) = parse(FENCE, "docs/x.md")
    return block


@pytest.mark.parametrize("name", NAMES)
def test_the_build_draws_every_picture(name):
    drawn = explore.draw(site_book.ROOT, name)
    names = picture(name)
    assert drawn.controls == names["CONTROLS"]
    assert drawn.moves == ("move" in names)
    assert len(drawn.view["pictures"]) == 2
    assert drawn.view["texts"].keys() <= {control["name"] for control in drawn.controls}
    for svg in drawn.view["pictures"]:
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img"
        assert len(root.get("aria-label", "").split()) > 5
        assert "#" not in svg  # colours are the page's own, and there are no ids that could clash
    width = len(drawn.view["table"][0])
    assert all(len(row) == width for row in drawn.view["table"])


@pytest.mark.parametrize("k", [-1, -8, -18, -26, -40, -52])
def test_the_slopes_by_differences_are_those_of_the_engine(k):
    names, h = picture("difference"), 2.0**k
    _, forward, central, backward = names["view"](values(names, k=k))["table"]
    node = ValueNode(1.0)
    sin(node).backward()
    assert backward[2] == f"{node.grad:.15f}" == f"{math.cos(1.0):.15f}"
    assert forward[2] == f"{(sin(1.0 + h) - sin(1.0)) / h:.15f}"
    assert central[2] == f"{(sin(1.0 + h) - sin(1.0 - h)) / (2 * h):.15f}"
    for row in (forward, central):
        assert float(row[3]) == pytest.approx(abs(float(row[2]) - node.grad), rel=0.05, abs=1e-14)


def test_no_error_at_the_place_itself_is_above_the_worst():
    names = picture("difference")
    for name, (way, _) in names["WAYS"].items():
        for h, worst in zip(names["STEPS"], names["WORST"][name], strict=True):
            assert abs(way(1.0, h) - names["backward"](1.0)) <= worst


@pytest.mark.parametrize("bend", ["linear", "relu", "sigmoid", "softplus", "tanh"])
def test_the_gradient_of_the_neuron_is_right(bend):
    names = picture("neuron")
    set_to = values(names, w1=0.7, w2=-1.1, b=0.4, bend=bend)
    view = names["view"](set_to)
    neuron = Neuron(2, bend)
    for node, value in zip(neuron.parameters(), (0.7, -1.1, 0.4), strict=True):
        node.value = value
    report = gradcheck(lambda model, x: model(x), [neuron, list(names["POINT"])])
    assert report
    shown = [row[3] for row in view["table"][1:]]
    assert shown == [*(f"{row.backward:.4f}" for row in report.rows), "1.0000"]
    assert view["table"][-1][2] == f"{neuron(names['POINT']).value:.4f}"


def test_weights_of_zero_have_no_line_and_no_arrow():
    names = picture("neuron")
    flat = names["view"](values(names, w1=0, w2=0))["pictures"][1]
    assert "arrow" not in flat
    assert "arrow" in names["view"](values(names, w1=0, w2=0.1))["pictures"][1]


def test_the_moons_are_trained_as_a_loop_of_four_lines_would():
    names = picture("moons")
    set_to = values(names)
    model = MLP(2, [16, 16, 1], seed=1)
    optimizer = Adam(model.parameters(), lr=names["RATES"][set_to["rate"]])
    examples = list(zip(names["X"], names["Y"], strict=True))
    rows = []
    for _ in range(6):
        loss = sum((1 - y * model(x)).relu() for x, y in examples) * (1 / len(examples))
        right = sum(model(x).value * y > 0 for x, y in examples) / len(examples)
        rows.append([f"{loss.value:.4f}", f"{right:.0%}"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    names["again"](set_to)
    for epoch, row in enumerate(rows):
        assert names["view"](set_to)["table"][1][2:4] == row
        assert names["view"](set_to)["table"][1][1] == str(epoch)
        names["move"](set_to)


def test_the_training_learns_and_comes_to_an_end():
    names = picture("moons")
    set_to = values(names)
    for _ in range(names["MOVES"]):
        names["move"](set_to)
    view = names["view"](set_to)
    assert view["table"][1][3] == "100%"
    assert not view["done"]
    for _ in range(names["LAST"]):
        names["move"](set_to)
    assert names["view"](set_to)["done"]
    assert names["view"](set_to)["table"][1][1] == str(names["LAST"])


def test_another_width_begins_anew():
    names = picture("moons")
    names["move"](values(names))
    row = names["view"](values(names, width=2))["table"][1]
    assert row[1:] == ["0", row[2], row[3], "15"]


def test_the_regions_meet_on_the_line():
    names = picture("moons")
    shape, ends = names["cut"](((0, 0, -1.0), (1, 0, 1.0), (1, 1, 3.0), (0, 1, -1.0)))
    assert ends == [(0.5, 0.0), (0.25, 1.0)]
    assert shape == [(0.5, 0.0), (1, 0), (1, 1), (0.25, 1.0)]


def test_a_figure_with_a_script_has_room_for_controls_and_words_about_them(book):
    book.write(f"{explore.FOLDER}/two.py", TWO)
    made = explore.figure(only(), explore.draw(book.root, "two"), "explore.js")
    assert 'id="explore-two" data-explore="two"' in made
    assert '<td class="one">a &lt; b</td><td>2</td>' in made
    assert '<div class="controls"></div><script type="application/json">' in made
    assert '<p class="look">Look at it.</p>' in made
    assert "katex" in made


def test_without_a_script_the_picture_stands_alone(book):
    book.write(f"{explore.FOLDER}/two.py", TWO)
    made = explore.figure(only(), explore.draw(book.root, "two"), None)
    assert "<svg></svg>" in made
    assert "controls" not in made
    assert "Look at it." not in made
    assert explore.scripted(None) == ""


def test_a_picture_that_is_not_there_is_told_with_those_that_are(book):
    book.write(f"{explore.FOLDER}/two.py", TWO)
    with pytest.raises(ValueError, match="has no picture 'three'; it has two"):
        explore.draw(book.root, "three")


def test_a_picture_that_fails_tells_its_error(book):
    book.write(f"{explore.FOLDER}/two.py", TWO.replace("str(values", "str(1 / 0, values"))
    with pytest.raises(ValueError, match=r"'two' could not be drawn:(?s:.*)ZeroDivisionError"):
        explore.draw(book.root, "two")


@pytest.mark.parametrize(
    ("fence", "fault"),
    [
        (FENCE.replace(' look="Look at it."', ""), "is empty, and has the attributes caption, look, picture"),
        (FENCE.replace("}\n", "}\nx\n"), "is empty, and has the attributes"),
        (FENCE.replace(".explore", ".explore .wide"), "is empty, and has the attributes"),
        (FENCE.replace("Look at it.", " "), "the attribute 'look' is empty"),
    ],
)
def test_a_fence_that_could_be_misread_is_refused(fence, fault):
    with pytest.raises(PageError, match=fault):
        parse(fence, "docs/x.md")


def test_a_notebook_says_what_is_on_the_page():
    text = f"# A page\n\n{program('1')}\n{FENCE}\nMore.\n"
    blocks = parse(text, "docs/x.md")
    made = notebook(Chapter(text, blocks, {}, {}, "a page", "Book", lambda _: None))
    assert "here is a picture that can be moved with sliders. Two is $2$.*" in made
    assert "Look at it." not in made


def test_a_site_without_npm_shows_the_pictures_and_no_dead_button(tmp_path: Path):
    book = site_book.make(tmp_path)
    folder = book / explore.FOLDER
    folder.mkdir(parents=True)
    (folder / "two.py").write_text(TWO, encoding="utf-8")
    page = book / "docs/part1/two.md"
    page.write_text(f"{page.read_text(encoding='utf-8')}\n{FENCE}\n[It](#explore-two)\n", encoding="utf-8")
    done = site_book.build(book, "--strict")
    assert done.returncode == 0, done.stderr
    html = (book / "site/part1/two/index.html").read_text(encoding="utf-8")
    assert 'data-explore="two"' in html
    assert 'class="controls"' not in html
    assert "explore-" not in html.replace("explore-two", "")
    shutil.rmtree(folder)
    broken = site_book.build(book, "--strict")
    assert broken.returncode != 0
    assert "docs/part1/two.md" in broken.stderr
    assert "has no picture 'two'; it has none" in broken.stderr


def test_a_canvas_places_points_and_cuts_off_what_leaves_it():
    canvas = Canvas((0, 10), (0, 5), size=(100, 50), bare=True)
    assert canvas.place(0, 0) == (0, 50)
    assert canvas.place(10, 5) == (100, 0)
    canvas.line([(0, 0), (99, 0)], "one")
    root = ElementTree.fromstring(canvas.svg('A "line" & more.'))
    assert root.get("aria-label") == 'A "line" & more.'
    inner = root.find("svg")
    assert inner is not None
    assert (inner.get("width"), inner.get("height")) == ("100", "50")
    assert power(-8) == '10<tspan class="raised" dy="-.4em">−8</tspan>'
