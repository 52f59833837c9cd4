"""Every line of the package that is not blank belongs to exactly one source fence."""

import pytest

from literate.blocks import PageError
from literate.source import Fence, Ledger

MODULE = '''\
"""Rules."""

import math

E = 2.7


class Node:
    """A number."""

    kind = "leaf"

    def one(self):
        return 1

    # Why two.
    def two(self):
        x = 1

        return x + 1


def exp(x):
    return math.exp(x)
'''


def fence(name: str, **more: str) -> str:
    attributes = "".join(f' {key.strip("_")}="{value}"' for key, value in more.items())
    return f'```{{.python source="{name}"{attributes}}}\n```\n'


def quote(name: str) -> str:
    return fence(name).replace("source", "quote")


@pytest.fixture
def rules(book):
    book.module(MODULE)
    return book


def owned(ledger: Ledger, page: str, line: int = 1) -> list[list[int]]:
    return [list(passage.lines) for passage in ledger.passages(f"docs/{page}.md", line)]


def test_a_fence_for_the_module_owns_everything(rules):
    ledger = rules.ledger(a=fence("autograd.rules"))
    assert ledger.problems() == []
    assert owned(ledger, "a") == [list(range(1, 25))]


def test_a_book_without_fences_names_every_line(rules):
    problems = rules.ledger().problems()
    assert problems[0] == 'autograd/rules.py:1: no page owns this (autograd.rules:docstring): """Rules."""'
    assert "autograd/rules.py:16-20: no page owns this (autograd.rules.Node.two): # Why two." in problems
    assert "autograd/rules.py:8-9: no page owns this (autograd.rules.Node): class Node:" in problems
    assert len(problems) == 8


def test_one_unowned_line_is_named_with_its_file_number_and_text(rules):
    every = "autograd.rules:docstring, autograd.rules:imports, autograd.rules.Node, autograd.rules.exp"
    assert rules.ledger(a=fence(every)).problems() == [
        "autograd/rules.py:5: no page owns this (autograd.rules.E): E = 2.7"
    ]


def test_the_innermost_fence_owns(rules):
    ledger = rules.ledger(
        a=fence("autograd.rules"), b=fence("autograd.rules.Node"), c=fence("autograd.rules.Node.one")
    )
    assert ledger.problems() == []
    assert owned(ledger, "c") == [[13, 14]]
    assert owned(ledger, "b") == [[8, 9, 10, 11, 16, 17, 18, 19, 20]], "numbers jump where lines are left out"
    assert owned(ledger, "a") == [[1, 2, 3, 4, 5, 23, 24]]
    assert ledger.owner("autograd/rules.py", 13) == Fence("docs/c.md", 1, ("autograd.rules.Node.one",))
    assert ledger.owner("autograd/rules.py", 16).page == "docs/b.md"
    assert ledger.owner("autograd/rules.py", 15) is None, "a blank line has no owner"
    assert ledger.owner("autograd/none.py", 1) is None


def test_the_order_of_the_pages_does_not_matter(rules):
    ledger = rules.ledger(a=fence("autograd.rules.Node.one"), z=fence("autograd.rules"))
    assert ledger.problems() == []
    assert ledger.owner("autograd/rules.py", 13).page == "docs/a.md"


def test_a_class_and_its_method_in_one_fence(rules):
    ledger = rules.ledger(a=fence("autograd.rules.Node.two, autograd.rules.Node"))
    assert owned(ledger, "a") == [[16, 17, 18, 19, 20], [8, 9, 10, 11, 12, 13, 14]]


def test_a_part_is_taken_out_of_its_piece(rules):
    part = fence("autograd.rules.Node.two", from_="x = 1", to="return")
    ledger = rules.ledger(a=fence("autograd.rules"), b=part)
    assert ledger.problems() == []
    assert owned(ledger, "b") == [[18, 19, 20]]
    assert ledger.passages("docs/b.md", 1)[0].context == "in method Node.two"
    assert ledger.owner("autograd/rules.py", 17).page == "docs/a.md"


def test_a_line_owned_twice_is_named_on_the_later_page(rules):
    ledger = rules.ledger(
        a=fence("autograd.rules"), b="\n" + fence("autograd.rules.exp"), c=fence("autograd.rules.exp")
    )
    (problem,) = ledger.problems()
    assert problem.startswith("docs/c.md:1: autograd/rules.py:23-24 (autograd.rules.exp) is owned twice")
    assert problem.endswith(": docs/b.md:2 owns it already")


def test_a_piece_named_twice_in_one_fence_is_owned_twice(rules):
    ledger = rules.ledger(a=fence("autograd.rules"), b=fence("autograd.rules.E, autograd.rules.E"))
    assert ledger.problems()[0].startswith(
        "docs/b.md:1: autograd/rules.py:5 (autograd.rules.E) is owned twice"
    )


def test_parts_that_overlap_are_owned_twice(rules):
    ledger = rules.ledger(
        a=fence("autograd.rules"),
        b=fence("autograd.rules.Node.two", from_="x = 1", to="return"),
        c=fence("autograd.rules.Node.two", from_="return"),
    )
    assert ["autograd/rules.py:20 " in each for each in ledger.problems()] == [True]


def test_a_fence_that_has_nothing_left_is_an_error(book):
    book.module("class A:\n    x = 1\n", "a")
    book.module('"""Only."""\n', "b")
    ledger = book.ledger(a=fence("autograd.a, autograd.b, autograd.b:docstring"))
    assert ledger.problems() == [
        "docs/a.md:1: nothing of autograd.b is left: other fences own all its lines",
    ]


def test_an_unknown_name_is_an_error_with_page_and_line(rules):
    ledger = rules.ledger(a=fence("autograd.rules"), b="# B\n\n" + fence("autograd.rules.tanh"))
    (problem,) = ledger.problems()
    assert problem.startswith("docs/b.md:3: there is no autograd.rules.tanh")
    with pytest.raises(PageError, match=r"^docs/b.md:3: there is no autograd.rules.tanh"):
        ledger.passages("docs/b.md", 3)


def test_an_unknown_name_in_a_quote_is_an_error(rules):
    (problem,) = rules.ledger(a=fence("autograd.rules"), b=quote("autograd.rules.tanh")).problems()
    assert problem.startswith("docs/b.md:1: there is no autograd.rules.tanh")


def test_a_text_that_is_not_there_is_an_error_with_page_and_line(rules):
    (problem,) = rules.ledger(
        a=fence("autograd.rules"), b=fence("autograd.rules.exp", from_="while")
    ).problems()
    assert problem == "docs/b.md:1: no line of autograd.rules.exp contains 'while'"


def test_a_quote_owns_nothing(rules):
    ledger = rules.ledger(
        a=fence("autograd.rules"), b=quote("autograd.rules.exp"), c=quote("autograd.rules.exp")
    )
    assert ledger.problems() == []
    assert ledger.passages("docs/b.md", 1) == ledger.passages("docs/c.md", 1)
    assert ledger.passages("docs/b.md", 1)[0].text == ("def exp(x):", "    return math.exp(x)")


def test_a_quote_repeats_the_lines_of_the_fence_that_names_the_same(rules):
    node, one = fence("autograd.rules.Node"), fence("autograd.rules.Node.one")
    ledger = rules.ledger(a=fence("autograd.rules"), b=node, c=one, d=quote("autograd.rules.Node"))
    assert owned(ledger, "d") == owned(ledger, "b")


def test_a_page_that_cannot_be_read_is_an_error_of_the_ledger_too(rules):
    ledger = rules.ledger(a=fence("autograd.rules"), b="```python\n")
    assert ledger.problems() == ["docs/b.md:1: this fence is never closed"]


def test_a_file_that_is_not_python_is_an_error(rules):
    rules.module("x = (\n", "bad")
    ledger = rules.ledger(a=fence("autograd.rules"))
    assert [each.split(": ")[0] for each in ledger.problems()] == ["autograd/bad.py:1"]
    with pytest.raises(PageError, match=r"^docs/a.md:1: there is nothing to print; autograd/bad.py:1"):
        ledger.passages("docs/a.md", 1)


def test_empty_files_and_the_typing_marker_do_not_count(book):
    book.module("", "empty")
    book.module("\n\n", "blank")
    book.write("autograd/py.typed", "x\n")
    assert book.ledger().problems() == []


def test_two_statements_on_a_line_belong_together_or_twice(book):
    book.module("a = 1; b = 2\n")
    assert book.ledger(a=fence("autograd.rules.a")).problems() == []
    assert "is owned twice" in book.ledger(b=fence("autograd.rules.b")).problems()[0]


def test_mistakes_leave_out_what_other_pages_may_own(rules):
    ledger = Ledger.of(rules.root, [rules.page(fence("autograd.rules.exp"))])
    assert ledger.mistakes() == []
    assert len(ledger.problems()) == 7
