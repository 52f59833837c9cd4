"""The recorded pass behind a graph: it is what the engine did, and nothing else changed."""

import json
import math
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from autograd import draw, rules
from autograd.draw import draw_dot, short
from autograd.grad import ValueNode
from conftest import Book
from literate import figures, listing, step, trace
from literate.blocks import parse
from literate.outcome import Outcome
from literate.render import Figure
from literate.results import results
from literate.run import run

ROOT = Path(__file__).parent.parent.parent
SVG = "{http://www.w3.org/2000/svg}"


def record(root: ValueNode) -> dict[str, Any] | None:
    drawn = [trace.Drawn(node, node.value, node.grad) for node in root.topological_order()]
    return trace.record(drawn, ROOT)


def recorded(root: ValueNode) -> dict[str, Any]:
    """What is recorded after one real pass."""
    root.backward()
    found = record(root)
    assert found is not None
    return found


def grown(seed: int) -> ValueNode:
    """A graph of about twenty nodes, with twins, sums of many and dead ends."""
    luck = random.Random(seed)
    nodes = [ValueNode(luck.uniform(-2.0, 2.0), name) for name in "abcd"]
    for _ in range(11):
        one, other = luck.choice(nodes), luck.choice(nodes)
        made = luck.choice(
            [
                lambda a=one, b=other: a + b,
                lambda a=one, b=other: a * b,
                lambda a=one, b=other: a - b * 0.5,
                lambda a=one: a.tanh(),
                lambda a=one: a.relu(),
                lambda a=one: (-a).sin(),
                lambda a=one, b=other: rules.dot(a, [b, a, b], [0.5, b, a]),
            ]
        )
        nodes.append(made())
    root = nodes[-1] + nodes[-2] * nodes[-3]
    return root if len(root.topological_order()) <= trace.LIMIT else grown(seed + 1000)


def adjoints(order: list[ValueNode]) -> list[float]:
    """The derivatives, found by a walk of the test's own."""
    place = {node: at for at, node in enumerate(order)}
    found = [0.0] * len(order)
    found[-1] = 1.0
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            found[place[parent]] += found[place[node]] * slope
    return found


@pytest.mark.parametrize("seed", range(30))
def test_the_contributions_add_up_to_the_gradients(seed: int) -> None:
    root = grown(seed)
    found = recorded(root)
    order = root.topological_order()
    right, now = adjoints(order), [0.0] * len(order)
    for each in found["steps"]:
        if "parent" not in each:
            assert now[each["node"]] == 0.0
            continue
        assert each["before"] == now[each["parent"]]
        assert each["after"] == each["before"] + each["contribution"]
        now[each["parent"]] = each["after"]
        if "node" in each:
            node = order[each["node"]]
            assert each["adjoint"] == right[each["node"]]  # complete before it is handed on
            assert each["slope"] == node.slopes[each["operand"]]
            assert each["contribution"] == each["adjoint"] * each["slope"]
            assert node.parents[each["operand"]] is order[each["parent"]]
    assert now == [node.grad for node in order] == right


def test_every_edge_is_used_once_and_every_line_is_one_that_adds() -> None:
    root = grown(3)
    found = recorded(root)
    order = root.topological_order()
    used = [(each["node"], each["operand"]) for each in found["steps"] if "operand" in each]
    speak = [at for at, node in enumerate(order) if node.parents and node.grad]
    assert sorted(used) == [(at, k) for at in speak for k in range(len(order[at].parents))]
    text = (ROOT / found["file"]).read_text(encoding="utf-8").splitlines()
    for each in found["steps"]:
        line = text[each["line"] - 1]
        assert ".grad += " in line if "parent" in each else "continue" in line
        assert each["line"] in found["listing"]


def test_nothing_is_changed() -> None:
    root = grown(5)
    root.backward()
    order = root.topological_order()
    before = [node.grad for node in order]
    watched = sys.gettrace()
    assert record(root) is not None
    assert all(node.grad is grad for node, grad in zip(order, before, strict=True))
    assert sys.gettrace() is watched


def test_a_node_without_an_adjoint_is_passed_over() -> None:
    x = ValueNode(-1.0, "x")
    steps = recorded((x * 2.0).relu() + x)["steps"]
    assert [each["node"] for each in steps if "parent" not in each] == [2]


def twice(y: ValueNode) -> None:
    y.backward()
    y.backward()


def by_a_wrong_walk(y: ValueNode) -> None:
    y.grad = 1.0
    for node in y.topological_order():  # parents first: they have nothing to hand on
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad += node.grad * slope


def from_elsewhere(y: ValueNode) -> None:
    (y * 3.0).backward()


def with_leaves_that_had_some(y: ValueNode) -> None:
    y.topological_order()[0].grad = 0.5
    y.backward()


@pytest.mark.parametrize(
    "walk", [lambda y: None, twice, by_a_wrong_walk, from_elsewhere, with_leaves_that_had_some]
)
def test_gradients_that_are_not_of_one_pass_have_no_trace(walk: Callable[[ValueNode], None]) -> None:
    a = ValueNode(3.0, "a")
    y = (a * a).tanh() + a
    walk(y)
    before = [node.grad for node in y.topological_order()]
    assert record(y) is None
    assert [node.grad for node in y.topological_order()] == before


def test_a_leaf_a_large_graph_and_a_missing_slope_have_no_trace() -> None:
    leaf, long, x = ValueNode(1.0), ValueNode(1.0), ValueNode(0.0)
    leaf.backward()
    for _ in range(trace.LIMIT):
        long = long.tanh()
    long.backward()
    cornered = x.sqrt() * 0.0 + x
    cornered.grad = 1.0
    assert record(leaf) is record(long) is record(cornered) is None


def test_a_picture_that_is_not_true_any_more_has_no_trace() -> None:
    a = ValueNode(2.0, "a")
    y = a * a
    y.backward()
    assert record(y) is not None
    a.value = 3.0
    assert record(y) is None


def test_each_node_has_a_name_and_each_operation_its_row() -> None:
    v1, twin = ValueNode(2.0, "v1"), ValueNode(3.0, "v1")
    nodes = recorded((v1 * twin) ** 2.0)["nodes"]
    assert [node["name"] for node in nodes] == ["v1", "u1", "u2", "u3"]
    assert [node["labelled"] for node in nodes] == [True, False, False, False]
    assert (nodes[2]["formula"], nodes[2]["worked"]) == ("v1 * u1", "2.0 * 3.0")
    shown = []
    for node in nodes[2:]:
        file, first, last = node["row"]
        shown.append(
            "\n".join((ROOT / file).read_text(encoding="utf-8").split("\n")[first - 1 : last]).strip()
        )
    assert shown[0].startswith('multiply = row("{} * {}"')
    assert shown[1].startswith("return Rule(")
    assert "n * a ** (n - 1.0)" in shown[1]


def test_a_row_of_the_pages_own_has_no_place_in_the_package() -> None:
    cube = rules.Rule("cube", lambda a: a**3, lambda y, a: (3.0 * a * a,))
    nodes = recorded(cube(ValueNode(2.0)))["nodes"]
    assert nodes[1]["row"] is None
    assert "<td></td>" in step.section(json.dumps(recorded(cube(ValueNode(2.0)))), FIGURE, LINKS)


# A page with graphs.

PAGE = """\
# Page

```{.python alt="a graph"}
from autograd.grad import ValueNode, draw_dot

a = ValueNode(3.0, "a")
y = a / a + a
draw_dot(y)
```

```{.python alt="the graph with its gradients"}
y.backward()
print("back")
picture = draw_dot(y, slopes=True)
picture
```

```python
picture.source[:7]
```

```{.python alt="drawn too early"}
b = (c := ValueNode(1.0)).tanh()
early = draw_dot(b)
b.backward()
early
```

```{.python alt="drawn in time"}
late = draw_dot(b)
b.grad = 0.0
late
```

```{.python alt="after a second pass"}
y.backward()
draw_dot(y)
```
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    root = tmp_path_factory.mktemp("book")
    shutil.copytree(ROOT / "autograd", root / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    page = root / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text(PAGE, encoding="utf-8")
    return results(page, root=root) and results(page, root=root)  # run, and then from the cache


def test_only_the_picture_of_one_pass_has_a_trace(outcomes: list[Outcome]) -> None:
    assert [each.error for each in outcomes] == [None] * 6
    assert [each.trace is not None for each in outcomes] == [False, True, False, False, True, False]
    assert [mime for mime, _ in outcomes[1].rich] == ["image/svg+xml", trace.MIME]
    assert outcomes[1].text == "back\n"
    assert len(outcomes[1].pictures) == 1


def test_the_trace_ends_with_the_numbers_of_the_picture(outcomes: list[Outcome]) -> None:
    agree(outcomes[1])


@pytest.mark.parametrize("page", ["part1/backward", "part1/drawing", "part1/rules"])
def test_in_the_book_the_trace_ends_with_the_numbers_of_the_picture(page: str) -> None:
    traced = [each for each in results(ROOT / "docs" / f"{page}.md", root=ROOT) if each.trace]
    assert traced
    for each in traced:
        agree(each)


def agree(outcome: Outcome) -> None:
    """Compare value and gradient in every box of the picture with the last numbers of the trace."""
    assert outcome.trace is not None
    told = json.loads(outcome.trace)
    last = {each["parent"]: each["after"] for each in told["steps"] if "parent" in each}
    seen = 0
    for group in ElementTree.fromstring(outcome.pictures[0][1]).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title", "")
        if title[:1] == "n" and title[1:].isdigit():
            at, texts = int(title[1:]), [text.text or "" for text in group.iter(f"{SVG}text")]
            assert texts[-3:] == [short(told["nodes"][at]["value"]), texts[-2], short(last.get(at, 0.0))]
            seen += 1
    assert seen == len(told["nodes"])


def test_a_page_that_runs_in_another_environment_is_not_traced(book: Book) -> None:
    here = Path(sys.executable)
    others = [here.with_name(name) for name in ("python", "python3") if name != here.name]
    other = next((path for path in others if path.exists()), None)
    if other is None:
        pytest.skip("this environment has one name for its Python")
    shutil.rmtree(book.root / "autograd")
    shutil.copytree(ROOT / "autograd", book.root / "autograd")
    page = book.page(PAGE)
    told = run(page, parse(PAGE, "docs/part1/x.md"), root=book.root, python=other)
    assert [each.error for each in told] == [None] * 6
    assert [each.trace for each in told] == [None] * 6


# What stands below the figure.

FIGURE = Figure("Figure 4.2", "figure-4-2")
LINKS = listing.Links(source=lambda path, line: f"/source/{path}#L{line}")


def test_the_table_has_a_line_for_every_step() -> None:
    a, b = ValueNode(2.0, "a"), ValueNode(-3.0, "</script><b>")
    found = recorded(a * b + a * a)
    made = step.section(json.dumps(found), FIGURE, LINKS)
    operations = sum("operands" in node for node in found["nodes"])
    assert made.count("<tr>") == 1 + 1 + operations + len(found["steps"])
    assert made.count("</script>") == 1
    assert "<b>" not in made
    assert "<var>v3</var> hands on to <var>v1</var>" in made
    assert "its operand 2: its adjoint 1.0 times the slope 2.0 is 2.0" in made
    assert "The adjoint of <var>a</var> goes from 2.0 to 4.0." in made
    assert f"/source/autograd/grad.py#L{found['steps'][1]['line']}" in made


@pytest.mark.parametrize("seed", range(8))
def test_the_products_along_the_paths_add_up_to_the_contribution(seed: int) -> None:
    found = recorded(grown(seed))
    nodes = found["nodes"]
    shown = 0
    for each in found["steps"]:
        if "operand" not in each:
            continue
        ways = step._paths(nodes, each["node"], each["operand"])
        if isinstance(ways, int):
            assert ways > step.PATHS
            continue
        products = [math.prod(slopes_along(nodes, way, each["operand"])) for way in ways]
        assert len(ways) > 1 or products == pytest.approx([each["contribution"]])
        shown += 1
        for way, product in zip(ways, products, strict=True):
            assert way[2] == short(product) or float(way[2]) == pytest.approx(product, rel=1e-4)
            assert (way[0][0], way[0][-1]) == (len(nodes) - 1, each["parent"])
    assert shown


def slopes_along(nodes: list[dict[str, Any]], way: list[Any], operand: int) -> list[float]:
    """The slopes that belong to a path, in full; among twins, the one that the text of the path names."""
    full = []
    for child, parent, text in zip(way[0][:-1], way[0][1:], way[1], strict=True):
        edges = zip(nodes[child]["operands"], nodes[child]["slopes"], strict=True)
        full.append(next(slope for at, slope in edges if at == parent and short(slope) == text))
    return full


def test_nodes_and_edges_keep_their_names_and_twins_their_order() -> None:
    a = ValueNode(2.0, "a")
    svg = draw_dot(a / a, slopes=True).pipe("svg", encoding="utf-8")
    root = ElementTree.fromstring(figures.inline(svg, key="k", title="t", description="d", named=True))
    nodes = [group.get("data-node") for group in root.iter("g") if group.get("data-node")]
    assert sorted(nodes) == ["n0", "n1", "n1_op"]
    twins = [group for group in root.iter("g") if group.get("data-edge") == "n0 n1_op"]
    assert ["".join(group.itertext()).strip() for group in twins] == ["0.5", "-0.5"]
    plain = figures.inline(svg, key="k", title="t", description="d")
    assert "data-" not in plain


def test_a_picture_forgets_the_graph_with_itself() -> None:
    tracer = trace.Tracer(str(ROOT))
    tracer._listen(module := type(sys)("copy"))
    assert not hasattr(module, "draw_value")
    kept = draw.draw_value
    try:
        tracer._listen(draw)
        y = ValueNode(2.0).tanh()
        y.backward()
        picture = draw_dot(y)
        assert json.loads(tracer.trace(picture) or "")["nodes"][1]["formula"] == "tanh(v1)"
        assert tracer.trace("no picture") is tracer.trace([]) is tracer.trace(None) is None
        del picture
        assert len(tracer._drawn) == 0
    finally:
        draw.draw_value = kept
