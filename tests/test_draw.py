"""The drawing: what stands in it, what it is rendered by, and what is refused."""

import copy
import math
import os
import pickle
import re
import shutil
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from pathlib import Path

import graphviz
import pytest
from graphviz.backend import dot_command

from autograd import draw, render
from autograd.grad import ValueNode, draw_dot
from autograd.rules import dot

SVG = "{http://www.w3.org/2000/svg}"


def example() -> ValueNode:
    a, b, c = ValueNode(2.0, label="a"), ValueNode(-3.0, label="b"), ValueNode(10.0, label="c")
    e = (a * b + c).relu()
    e.label = "e"
    e.backward()
    return e


def groups(picture: graphviz.Digraph, kind: str) -> dict[str, ET.Element]:
    """The nodes or edges of the SVG by their title."""
    svg = ET.fromstring(picture.pipe("svg"))
    found = [g for g in svg.iter(f"{SVG}g") if kind in g.get("class", "").split()]
    return {g.findtext(f"{SVG}title", ""): g for g in found}


def texts(g: ET.Element) -> list[str]:
    return ["".join(t.itertext()).strip() for t in g.iter(f"{SVG}text")]


def edges(picture: graphviz.Digraph) -> list[tuple[str, str]]:
    return re.findall(r"^\t(\w+) -> (\w+)", picture.source, re.MULTILINE)


def edge_labels(picture: graphviz.Digraph) -> list[str]:
    return [label.strip() for label in re.findall(r'-> \w+ \[label="(.*?)"\]', picture.source)]


# What the picture shows


def test_a_value_box_shows_label_value_and_gradient():
    nodes = groups(draw_dot(example()), "value")
    assert texts(nodes["n0"]) == ["a", "value", "2.0", "grad", "-3.0"]
    assert texts(nodes["n2"]) == ["value", "-6.0", "grad", "1.0"]
    assert texts(nodes["n5"]) == ["e", "value", "4.0", "grad", "1.0"]


def test_operations_are_nodes_of_their_own():
    assert [texts(g) for g in groups(draw_dot(example()), "op").values()] == [["*"], ["+"], ["relu"]]


def test_edges_run_from_operand_to_operation_to_result():
    assert edges(draw_dot(example())) == [
        *[("n0", "n2_op"), ("n1", "n2_op"), ("n2_op", "n2")],
        *[("n2", "n4_op"), ("n3", "n4_op"), ("n4_op", "n4")],
        *[("n4", "n5_op"), ("n5_op", "n5")],
    ]


def test_a_plus_a_has_two_edges():
    a = ValueNode(3.0, "a")
    picture = draw_dot(a + a)
    assert edges(picture).count(("n0", "n1_op")) == 2
    assert ET.tostring(ET.fromstring(picture.pipe())).count(b"n0-&gt;n1_op") == 2


def test_a_dot_has_an_edge_for_each_operand():
    w, x = [ValueNode(1.0), ValueNode(2.0)], [ValueNode(3.0), ValueNode(4.0)]
    picture = draw_dot(dot(ValueNode(0.5), w, x), slopes=True)
    assert edges(picture) == [(f"n{i}", "n5_op") for i in range(5)] + [("n5_op", "n5")]
    assert edge_labels(picture) == ["1.0", "3.0", "4.0", "1.0", "2.0"]


def test_slopes_are_written_on_request_only():
    assert edge_labels(draw_dot(example())) == []
    assert edge_labels(draw_dot(example(), slopes=True)) == ["-3.0", "2.0", "1.0", "1.0", "1.0"]


def test_a_slope_that_does_not_exist_is_drawn_as_no_slope():
    picture = draw_dot(ValueNode(0.0).sqrt(), slopes=True)
    assert edge_labels(picture) == ["no slope"]
    assert texts(groups(picture, "edge")["n0->n1_op"]) == ["no slope"]


def test_classes_reach_the_svg_for_style_sheets():
    svg = draw_dot(example()).pipe(encoding="utf-8")
    assert re.findall(r'class="node ([^"]+)"', svg).count("value leaf") == 3
    assert re.findall(r'class="node ([^"]+)"', svg).count("value root") == 1
    assert re.findall(r'class="node ([^"]+)"', svg).count("value") == 2
    assert re.findall(r'class="node ([^"]+)"', svg).count("op") == 3
    assert set(re.findall(r'class="(edge[^"]*)"', svg)) == {"edge"}
    assert 'class="node value leaf root"' in draw_dot(ValueNode(1.0)).pipe(encoding="utf-8")


def test_the_background_is_transparent():
    svg = ET.fromstring(draw_dot(example()).pipe())
    graph = svg.find(f"{SVG}g")
    assert graph is not None
    assert graph.find(f"{SVG}polygon") is None


NUMBERS = [
    *[(4.0, "4.0"), (-0.0, "-0.0"), (12345.0, "12345.0"), (-2.5, "-2.5"), (1 / 3, "0.33333")],
    *[(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")],
    *[(1e-300, "1e-300"), (5e-324, "4.9407e-324"), (1234567.0, "1.2346e+06"), (1e300, "1e+300")],
    *[(3, "3.0"), (True, "1.0")],
]
LABELS = [
    *['say "hello"', "back\\slash", "\\N \\G \\E \\l \\n \\", "{a|b}<p> |", "<b>bold</b>", "<<b>>", "<>"],
    *["&amp; & &#65;", "größe ∂x 日本 α", "it's", "a -> b; c [x=1]", "n0", "node", "// no comment", "%s {}"],
]


def in_one_picture(leaves: list[ValueNode]) -> tuple[graphviz.Digraph, list[list[str]]]:
    """A picture with these leaves, and what is written in their boxes."""
    picture = draw_dot(dot(leaves[0], leaves[1:], [1.0] * (len(leaves) - 1)))
    nodes = groups(picture, "value")
    return picture, [texts(nodes[f"n{i}"]) for i in range(len(leaves))]


def test_numbers_are_short_and_keep_their_kind():
    _, written = in_one_picture([ValueNode(x) for x, _ in NUMBERS])
    assert written == [["value", shown, "grad", "0.0"] for _, shown in NUMBERS]


def test_a_label_is_shown_as_it_stands():
    picture, written = in_one_picture([ValueNode(1.0, label) for label in LABELS])
    assert [words[0] for words in written] == LABELS
    assert picture.pipe("png").startswith(b"\x89PNG")


def test_a_label_of_two_lines_is_shown_in_two_lines():
    assert texts(groups(draw_dot(ValueNode(1.0, "one\ntwo")), "value")["n0"])[:2] == ["one", "two"]


@pytest.mark.parametrize(
    ("label", "shown"), [("a\0\x07", r"a\x00\x07"), ("\ud800", r"\ud800"), ("a\tb", r"a\tb")]
)
def test_what_cannot_be_printed_is_written_as_python_writes_it(label, shown):
    assert texts(groups(draw_dot(ValueNode(1.0, label)), "value")["n0"])[0] == shown


def test_a_label_that_is_no_text_is_shown_all_the_same():
    node = ValueNode(1.0)
    node.label = 7  # type: ignore[assignment]
    assert texts(groups(draw_dot(node), "value")["n0"])[0] == "7"


# The same program, the same picture

PROGRAM = """
from autograd.grad import ValueNode, draw_dot
xs = [ValueNode(float(i), f"x{i}") for i in range(8)]
total = sum(x * y.sin() for x in xs for y in xs)
total.backward()
print(draw_dot(total, slopes=True, max_nodes=1000).source)
"""


def test_the_source_is_the_same_in_every_process():
    sources = {
        subprocess.run(
            [sys.executable, "-c", f"pad = [object() for _ in range({1000 * seed})]\n{PROGRAM}"],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in (0, 1, 2)
    }
    assert len(sources) == 1
    assert sources.pop().startswith(b"digraph {")


def test_drawing_changes_nothing_in_the_graph():
    e = example()
    before = [(n.value, n.grad, n.label) for n in e.topological_order()]
    draw_dot(e).pipe()
    assert [(n.value, n.grad, n.label) for n in e.topological_order()] == before


# A real Digraph


def test_it_is_a_digraph_of_the_graphviz_package():
    assert isinstance(draw_dot(example()), graphviz.Digraph)


def test_the_call_of_the_readme_writes_a_png(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = draw_dot(example()).render("computation_graph", format="png")
    assert written == "computation_graph.png"
    assert Path("computation_graph.png").read_bytes().startswith(b"\x89PNG")
    assert Path("computation_graph").read_text().startswith("digraph")


def test_a_notebook_shows_it_as_svg():
    shown = draw_dot(example(), format="png")._repr_mimebundle_()
    assert list(shown) == ["image/svg+xml"]
    ET.fromstring(shown["image/svg+xml"].encode())
    assert draw_dot(example())._repr_image_svg_xml() == shown["image/svg+xml"]


def test_the_format_asked_for_is_the_format_written(tmp_path):
    assert draw_dot(example(), format="png").pipe().startswith(b"\x89PNG")
    assert draw_dot(example(), "svg").render(tmp_path / "g").endswith("g.svg")
    assert Path(draw_dot(example()).render(outfile=tmp_path / "h.png")).read_bytes().startswith(b"\x89PNG")
    assert Path(draw_dot(example()).save(tmp_path / "g.gv")).read_text() == draw_dot(example()).source


@pytest.mark.parametrize("format", draw.PORTABLE)
def test_every_format_said_to_need_no_system_graphviz_needs_none(format, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert draw_dot(example(), format=format).pipe()


@pytest.mark.parametrize("rankdir", draw.RANKDIRS)
def test_rankdir_turns_the_graph(rankdir):
    svg = ET.fromstring(draw_dot(example(), rankdir=rankdir).pipe())
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    assert (width > height) == (rankdir in ("LR", "RL"))


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g)), lambda g: g.copy()]
)
def test_copies_and_pickles_render_as_the_original_does(twin):
    picture = draw_dot(example())
    other = twin(picture)
    assert type(other) is type(picture)
    assert other.pipe() == picture.pipe()


def test_letters_beyond_ascii_cause_no_noise(capfd, tmp_path):
    picture = draw_dot(ValueNode(1.0, "größe 日本"))
    picture.pipe()
    picture.render(tmp_path / "g", format="png")
    assert capfd.readouterr() == ("", "")


# Who renders


def without_programs(monkeypatch, *found: str) -> None:
    """Lets only these programs be found."""
    monkeypatch.setattr(
        render.shutil, "which", lambda name, path=None: f"/bin/{name}" if name in found else None
    )


def test_graphviz_pure_is_found_off_the_path(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert render.find_renderer("svg").stem == "graphviz-pure"


def test_graphviz_pure_is_found_by_its_package_alone(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(render.sys, "executable", "/nowhere/python")
    monkeypatch.setattr(render.sysconfig, "get_path", lambda name: "/nowhere")
    assert render.find_renderer("svg").stem == "graphviz-pure"


def test_an_installation_without_that_package_looks_elsewhere(monkeypatch):
    import importlib.metadata

    def files(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", files)
    assert len(list(render.script_folders())) == 2


def test_a_system_graphviz_serves_where_graphviz_pure_is_missing(monkeypatch):
    without_programs(monkeypatch, "dot")
    assert render.find_renderer("svg") == Path("/bin/dot")


def test_pdf_goes_to_a_system_graphviz(monkeypatch):
    without_programs(monkeypatch, "dot", "graphviz-pure")
    assert render.find_renderer("pdf") == Path("/bin/dot")
    assert render.find_renderer("svg") == Path("/bin/graphviz-pure")


def test_pdf_without_a_system_graphviz_says_what_there_is(monkeypatch, tmp_path):
    without_programs(monkeypatch, "graphviz-pure")
    with pytest.raises(RuntimeError, match=r"'pdf' needs a system Graphviz.*svg, png"):
        draw_dot(example(), format="pdf").pipe()
    with pytest.raises(RuntimeError, match="'ps' needs"):
        draw_dot(example()).render(outfile=tmp_path / "g.ps")


def test_without_any_renderer_the_error_names_the_one_command(monkeypatch):
    without_programs(monkeypatch)
    picture = draw_dot(example())
    assert picture.source.startswith("digraph")
    with pytest.raises(RuntimeError, match=re.escape('pip install "autograd-engine[draw]"')):
        picture.pipe()


def test_without_the_graphviz_package_the_error_names_the_one_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    render.picture_class.cache_clear()
    with pytest.raises(ImportError, match=re.escape('pip install "autograd-engine[draw]"')):
        draw_dot(example())


def test_other_graphs_in_the_process_keep_their_own_program(monkeypatch):
    mine = dot_command.DOT_BINARY
    draw_dot(example()).pipe()
    assert dot_command.DOT_BINARY is mine
    with pytest.raises(ValueError, match="unknown engine"):
        draw_dot(example()).pipe(engine="nonsense")
    assert dot_command.DOT_BINARY is mine


def test_threads_may_draw_at_the_same_time():
    mine, pictures = dot_command.DOT_BINARY, []
    threads = [threading.Thread(target=lambda: pictures.append(draw_dot(example()).pipe())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pictures) == 8
    assert len(set(pictures)) == 1
    assert dot_command.DOT_BINARY is mine


@pytest.mark.skipif(not shutil.which("dot"), reason="this machine has no system Graphviz")
def test_a_system_graphviz_draws_the_same_source():
    assert b"<svg" in graphviz.Source(draw_dot(example(), slopes=True).source).pipe("svg")


# What is refused


def test_a_large_graph_is_refused_with_its_size_and_the_way_out():
    x = ValueNode(1.0)
    for _ in range(600):
        x = -x
    with pytest.raises(ValueError, match=r"601 nodes.*limit is 500.*max_nodes=601"):
        draw_dot(x)
    assert len(edges(draw_dot(x, max_nodes=601))) == 1200


def test_a_very_large_graph_is_refused_quickly():
    x = ValueNode(1.0)
    for _ in range(100_000):
        x = -x
    with pytest.raises(ValueError, match="100,001 nodes"):
        draw_dot(x)


@pytest.mark.parametrize("format", ["pgn", "SVG", "", ".png"])
def test_an_unknown_format_is_refused_with_a_list(format):
    with pytest.raises(ValueError, match=r"unknown format .*; choose one of svg, png, .*pdf"):
        draw_dot(example(), format=format)


@pytest.mark.parametrize("rankdir", ["lr", "left"])
def test_an_unknown_direction_is_refused_with_a_list(rankdir):
    with pytest.raises(ValueError, match=r"unknown rankdir .*; choose one of LR, RL, TB, BT"):
        draw_dot(example(), rankdir=rankdir)


@pytest.mark.parametrize("root", [2.0, None, "a", [ValueNode(1.0)]])
def test_only_a_node_can_be_drawn(root):
    with pytest.raises(TypeError, match=f"graph of one ValueNode, got {type(root).__name__}"):
        draw_dot(root)


def test_importing_the_package_does_not_import_graphviz():
    program = "import sys, autograd.grad; assert 'graphviz' not in sys.modules, 'imported'"
    subprocess.run([sys.executable, "-c", program], check=True)
