"""The reference: complete, each name once, no argument without a word, and what is read is what is there."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import griffe
import pytest
import site_book
from bs4 import BeautifulSoup
from site_book import ROOT

import autograd
from conftest import Book
from literate.blocks import RUN, parse
from literate.reference import Entry, Reference, parameters
from literate.reference_html import Setter, signature

PAGE = ROOT / "docs" / "about" / "reference.md"
WRITTEN = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "docs" / "labs").glob("*.py")),
]

# What chapters take out of the engine to show how it works; nobody needs it to use the package.
INNER = {
    "autograd.arrays.Arrays",
    "autograd.batch.Writer",
    "autograd.check.Differences",
    "autograd.count.Counted",
    "autograd.contour.grid",
    "autograd.contour.region",
    "autograd.draw.EDGE_STYLE",
    "autograd.draw.GRAPH_STYLE",
    "autograd.draw.OP_STYLE",
    "autograd.draw.VALUE_STYLE",
    "autograd.fit.Flat",
    "autograd.functional.unit",
    "autograd.grad.new_node",
    "autograd.grad.prepare",
    "autograd.nn.checked_inputs",
    "autograd.program.undefined",
    "autograd.render.new_picture",
    "autograd.rules.DOMAIN_ERRORS",
    "autograd.rules.MissingSlope",
    "autograd.rules.absolute",
    "autograd.rules.add",
    "autograd.rules.as_value",
    "autograd.rules.divide",
    "autograd.rules.left_fold",
    "autograd.rules.multiply",
    "autograd.rules.on_floats",
    "autograd.rules.power",
    "autograd.rules.power_from",
    "autograd.rules.power_of",
    "autograd.rules.step",
    "autograd.rules.weighted_sum",
    "autograd.scale.Scale",
    "autograd.svg.bends",
    "autograd.svg.off",
    "autograd.tree.leaves",
    "autograd.tree.rebuild",
    "autograd.tree.shape",
}


@pytest.fixture(scope="module")
def real() -> Reference:
    return Reference(ROOT, PAGE.read_text(encoding="utf-8"), "docs/about/reference.md")


def programs(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield text
    else:
        yield from (block.code for block in parse(text, path.name) if block.kind in RUN)


def imported() -> set[str]:
    """Every name that a program of the book or of the README imports from the package."""
    trees = [ast.parse(code) for path in WRITTEN for code in programs(path)]
    found = [each for tree in trees for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    return {
        f"{each.module}.{name.name}"
        for each in found
        if each.module and each.module.partition(".")[0] == "autograd"
        for name in each.names
    }


def listed() -> set[str]:
    """Every name that a module of the package says it offers."""
    modules = ["autograd", *(f"autograd.{path.stem}" for path in (ROOT / "autograd").glob("[a-z]*.py"))]
    loaded = {name: importlib.import_module(name) for name in modules}
    return {f"{name}.{each}" for name, module in loaded.items() for each in getattr(module, "__all__", [])}


def is_there(path: str, real: Reference) -> bool:
    """Whether a name stands in the reference, whichever module it is imported from."""
    return any(entry.thing is real.package.find(path) for entry in real.names.values())


def thing(entry: Entry) -> object:
    module, _, name = entry.path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def small(book: Book, source: str, names: str) -> Reference:
    book.module(source)
    return Reference(book.root, f"# Names\n\n## Some\n\n```{{.reference}}\n{names}\n```\n", "x.md")


# The real page.


def test_nothing_is_wrong_with_the_reference(real: Reference) -> None:
    assert real.problems == []


def test_every_name_that_a_module_offers_stands_in_it(real: Reference) -> None:
    names = listed()
    assert {f"autograd.{name}" for name in autograd.__all__} <= names
    assert [name for name in sorted(names) if not is_there(name, real)] == []


def test_every_name_that_the_book_imports_stands_in_it_or_is_the_engines_own(real: Reference) -> None:
    found = imported()
    assert len(found) > 80
    objects = {name for name in found if not isinstance(real.package.find(name), griffe.Module | None)}
    missing = {name for name in objects if not is_there(name, real)}
    assert missing == INNER, "name it on docs/about/reference.md, or in INNER if it is the engine's own"


def test_what_is_read_from_the_source_is_what_python_has(real: Reference) -> None:
    compared = 0
    for entry in real.names.values():
        if parameters(entry.thing) and not entry.given:
            there = inspect.signature(thing(entry)).parameters.values()  # type: ignore[arg-type]
            read = [(each.name, each.kind and each.kind.value) for each in parameters(entry.thing)]
            assert read == [(each.name, each.kind.description) for each in there], entry.path
            compared += 1
    assert compared > 35


def test_the_operands_and_slopes_of_a_row_are_those_of_the_row(real: Reference) -> None:
    rows = {name: entry for name, entry in real.names.items() if entry.row}
    assert set(rows) == set(autograd.__all__) & {
        name for name, rule in vars(autograd.rules).items() if hasattr(rule, "slopes")
    }
    for entry in rows.values():
        rule, row = thing(entry), entry.row
        point = [0.5, 0.25][: len(row.operands)]
        y = rule(*point)
        known = {**vars(autograd.rules), **dict(zip(row.operands, point, strict=True)), "y": y}
        assert [eval(slope, known) for slope in row.slopes] == list(rule.slopes(y, *point)), entry.path


def test_a_word_that_is_an_attribute_does_not_lead_to_the_function_of_that_name(real: Reference) -> None:
    setter = Setter(real)
    assert "<a" not in setter.inline("the `grad` of a node", real.names["ValueNode"])
    assert setter.inline("see `grad`", real.names["hessian"]) == 'see <a href="#grad"><code>grad</code></a>'
    assert 'href="#train"' in setter.inline("as in `train`", real.names["fit"])
    assert 'href="#Plot.line"' in setter.inline("as `line` does", real.names["Plot"])


def test_stars_are_shown_where_an_argument_has_them(real: Reference) -> None:
    plot, compiler = real.names["Plot"], real.names["compile"]
    assert "<b>**look</b></code>" in Setter(real).entry(plot)
    assert "<b>*args</b></code>" in Setter(real).entry(compiler)


def test_a_context_manager_is_not_shown_as_an_iterator(real: Reference) -> None:
    assert signature("no_grad", real.names["no_grad"].thing) == "no_grad()"


# A small one.

ONE = '''\
"""Small things."""

LIMIT = {"low": 1.0}


def root(x: float, *, exact: bool = True, mode: str = "fast") -> float:
    """Takes the root, with `LIMIT`; nothing else.

    Args:
        x: a number **of** any_size, <1 too.
        exact: whether it is.
        mode: "fast" or "slow".

    Returns:
        Root: a number. Or: none.

    Raises:
        TypeError, ValueError: x is none.
    """
    return x
'''


def test_an_entry_says_how_it_is_called_and_what_comes_of_it(book: Book) -> None:
    reference = small(book, ONE, "autograd.rules.root\nautograd.rules.LIMIT")
    assert reference.problems == []
    (made,) = Setter(reference).pieces()
    soup = BeautifulSoup(made, "html.parser")
    assert soup.select_one("pre").get_text() == 'root(x, *, exact=True, mode="fast") -> float\n'
    assert soup.select_one(".import").get_text() == "from autograd.rules import root"
    words = [part.get_text() for part in soup.select("dt, dd")]
    assert words == [
        *("x: float", "a number **of** any_size, <1 too."),
        *("exact: bool = True", "whether it is."),
        *('mode: str = "fast"', '"fast" or "slow".'),
        *("TypeError, ValueError", "x is none."),
    ]
    assert "Root: a number. Or: none." in soup.get_text()
    assert soup.select_one('.entry a[href="#LIMIT"]').get_text() == "LIMIT"
    assert soup.select("pre")[1].get_text() == 'LIMIT = {"low": 1.0}\n'


def test_an_argument_without_a_line_is_told_with_the_line_of_the_page(book: Book) -> None:
    reference = small(book, ONE.replace("        exact: whether it is.\n", ""), "autograd.rules.root")
    assert reference.problems == [
        (6, "the docstring of autograd.rules.root has no line for its argument 'exact'")
    ]


def test_a_method_of_three_arguments_needs_its_lines_too(book: Book) -> None:
    source = 'class A:\n    """It is."""\n\n    def go(self, a, b, c):\n        """Goes."""\n'
    problems = [problem for _, problem in small(book, source, "autograd.rules.A").problems]
    assert problems == [
        f"the docstring of autograd.rules.A.go has no line for its argument '{x}'" for x in "abc"
    ]
    assert small(book, source, "autograd.rules.A without go").problems == []


def test_what_has_no_docstring_is_told(book: Book) -> None:
    source = "def bare():\n    pass\n\n\nclass A:\n    def go(self):\n        pass\n"
    reference = small(book, source, "autograd.rules.bare\nautograd.rules.A given")
    what = [problem for _, problem in reference.problems]
    assert what == [
        "autograd.rules.bare has no docstring",
        "autograd.rules.A has no docstring",
        "autograd.rules.A.go has no docstring",
    ]


ROWS = '''\
class Traveller:
    def wave(self):
        """A wave; it goes."""


wave = row("wave", f, lambda y, a: (2.0 * y,))
bare = row("bare", f, lambda y, a, b: (b, a))
'''


def test_rows_stand_in_a_table_and_are_told_by_the_method_of_their_name(book: Book) -> None:
    reference = small(book, ROWS, "autograd.rules.wave\nautograd.rules.bare")
    assert reference.problems == [(7, "autograd.rules.bare has no docstring")]
    (made,) = Setter(reference).pieces()
    soup = BeautifulSoup(made, "html.parser")
    assert soup.select_one(".import").get_text() == "from autograd.rules import wave, bare"
    rows = [[cell.get_text() for cell in row.select("td")] for row in soup.select("tbody tr")]
    assert rows == [["wave(a)", "A wave; it goes.", "2.0 * y", ""], ["bare(a, b)", "", "ba", ""]]
    assert soup.find(id="wave").name == "td"


def test_a_name_that_is_not_there_or_stands_twice_is_told(book: Book) -> None:
    names = "autograd.rules.root\nautograd.rules.rot\nautograd.rules.root\nautograd.rules.root without x"
    assert small(book, ONE, names).problems == [
        (7, "the package has no autograd.rules.rot"),
        (8, "root stands in the reference already"),
        (9, "autograd.rules.root has no x to leave out"),
    ]


def test_a_long_signature_goes_over_lines(real: Reference) -> None:
    lines = signature("fit", real.names["fit"].thing).split("\n")
    assert (lines[0], lines[-1]) == ("fit(", ") -> History")
    assert len(lines) > 3
    assert max(map(len, lines)) <= 72
    ast.parse(signature("fit", real.names["fit"].thing).partition(" ->")[0].replace("*,", ""))


# On the site.

REFERENCE = """\
# Names

```{.reference}
```

## All

```{.reference}
autograd.small.Counter
autograd.small.root
```
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = site_book.CONFIG + "  - Reference: about/reference.md\n"
    module = site_book.MODULE.replace(
        'square root."""', 'square root.\n\n    Args:\n        x: a number.\n    """'
    )
    module = module.replace("def up(self) -> int:", 'def up(self) -> int:\n        """Counts."""')
    changes = {"mkdocs.yml": config, "autograd/small.py": module, "docs/about/reference.md": REFERENCE}
    root = site_book.make(tmp_path_factory.mktemp("book"), changes)
    done = site_book.build(root, "--strict")
    assert done.returncode == 0, done.stderr
    return root / "site"


def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / name / "index.html").read_text(encoding="utf-8"), "html.parser")


def test_the_table_names_every_entry_and_leads_there(site: Path) -> None:
    soup = page(site, "about/reference")
    rows = soup.select("table.names td a")
    assert [row.get_text() for row in rows] == ["Counter", "root"]
    for row in rows:
        assert soup.find(id=row["href"].removeprefix("#")).name == "h3"


def test_each_entry_leads_to_the_passage_and_to_its_line(site: Path) -> None:
    passage, lines = page(site, "about/reference").select_one("#root + .entry .where").select("a")
    assert passage["href"] == "../../part1/two/#autograd.small:docstring"
    assert passage.get_text() == "2. Two, The rest"
    assert page(site, "part1/two").find(id="autograd.small:docstring") is not None
    assert lines["href"] == "../../source/small/#L18"
    assert page(site, "source/small").find(id="L18").get_text().startswith("def root")


def test_a_gap_in_the_reference_stops_the_build(tmp_path: Path) -> None:
    config = site_book.CONFIG + "  - Reference: about/reference.md\n"
    root = site_book.make(tmp_path, {"mkdocs.yml": config, "docs/about/reference.md": REFERENCE})
    done = site_book.build(root)
    assert done.returncode != 0
    why = "docs/about/reference.md:10: the docstring of autograd.small.root has no line for its argument 'x'"
    assert why in done.stderr
    assert not (root / "site").exists()


def test_the_search_finds_an_entry(site: Path) -> None:
    assert "about/reference/#root" in (site / "search" / "search_index.json").read_text(encoding="utf-8")
