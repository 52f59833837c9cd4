"""Pieces of the package by name, exact to the line."""

import pytest

from literate.source import SourceError, listing

MODULE = '''\
# A banner.
"""What this file
is about."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import fast
except ImportError:
    fast = None

__all__ = ["exp", "Node"]

# Euler's number.
# To the last digit.
E = 2.718281828459045
A, (B, *C) = 1, (2, 3)
table: dict[str, int] = {
    "a": 1,
}
table["b"] = 2

# Not about exp: a blank line stands between.

# About exp.
@property
@staticmethod
def exp(x):
    """Raise e.

    # Not a comment.
    """
    y = math.exp(x)

    # Why.
    return y
    # At the end.


# Between.


class Node:
    """One number."""

    __slots__ = ("value",)
    kind = "leaf"  # beside

    # About value.
    @property
    def value(self):
        return 1

    @value.setter
    def value(self, new):
        pass

    class Inner:
        def run(self):
            for epoch in range(3):
                self.step()
            return epoch

    # At the end of the class.


Node.__add__ = lambda a, b: a
async def late(): pass
if E > 2:
    def big(): return 1
else:
    def big(): return 2
'''


@pytest.fixture
def lines(book):
    book.module(MODULE)

    def find(name, start=None, end=None):
        (passage,) = listing(book.root, f"autograd.{name}", start=start, end=end)
        assert passage.path == "autograd/rules.py"
        assert list(passage.text) == [MODULE.split("\n")[line - 1] for line in passage.lines]
        return passage

    return find


def text(passage):
    return "\n".join(passage.text)


def between(passage, first, last):
    assert passage.text[0].strip() == first
    assert passage.text[-1].strip() == last
    assert list(passage.lines) == list(range(passage.lines[0], passage.lines[-1] + 1))


def test_a_function_comes_with_its_comment_decorators_docstring_and_what_is_indented_below(lines):
    between(lines("rules.exp"), "# About exp.", "# At the end.")


def test_an_assignment_comes_with_the_comment_directly_above(lines):
    assert text(lines("rules.E")) == "# Euler's number.\n# To the last digit.\nE = 2.718281828459045"


def test_an_assignment_may_run_over_lines(lines):
    assert text(lines("rules.table")) == 'table: dict[str, int] = {\n    "a": 1,\n}'


@pytest.mark.parametrize("name", ["A", "B", "C"])
def test_an_assignment_may_name_several(lines, name):
    assert text(lines(f"rules.{name}")) == "A, (B, *C) = 1, (2, 3)"


def test_dunder_all_is_an_assignment(lines):
    assert text(lines("rules.__all__")) == '__all__ = ["exp", "Node"]'


def test_the_docstring_of_a_module(lines):
    assert text(lines("rules:docstring")) == '"""What this file\nis about."""'


def test_the_imports_of_a_module_include_those_for_the_type_checker_only(lines):
    passage = lines("rules:imports")
    assert [line.strip() for line in passage.text if line.strip()] == [
        "from __future__ import annotations",
        "import math",
        "from typing import TYPE_CHECKING",
        "if TYPE_CHECKING:",
        "from collections.abc import Callable",
        "import fast",
    ]
    assert passage.lines[-2:] == (11, 14), "the line `try:` is left out: it does more than import"


def test_a_class_comes_whole_when_it_is_only_listed(lines):
    passage = lines("rules.Node")
    between(passage, "class Node:", "# At the end of the class.")
    assert passage.context == ""


def test_a_method_knows_its_class(lines):
    passage = lines("rules.Node.Inner.run")
    between(passage, "def run(self):", "return epoch")
    assert passage.context == "in class Node.Inner"


def test_a_property_and_its_setter_are_one_piece(lines):
    passage = lines("rules.Node.value")
    between(passage, "# About value.", "pass")


def test_an_attribute_of_a_class(lines):
    assert text(lines("rules.Node.kind")).strip() == 'kind = "leaf"  # beside'


def test_a_method_given_from_outside(lines):
    assert text(lines("rules.Node.__add__")) == "Node.__add__ = lambda a, b: a"


def test_a_function_on_one_line(lines):
    assert text(lines("rules.late")) == "async def late(): pass"


def test_a_function_defined_in_two_branches_is_one_piece(lines):
    assert lines("rules.big").text[0].strip() == "def big(): return 1"
    assert lines("rules.big").text[-1].strip() == "def big(): return 2"


def test_a_module_comes_whole_without_blank_lines_at_its_ends(lines):
    between(lines("rules"), "# A banner.", "def big(): return 2")


def test_from_and_to_include_both(lines):
    passage = lines("rules.Node.Inner.run", "for epoch", "return")
    assert [line.strip() for line in passage.text] == [
        "for epoch in range(3):",
        "self.step()",
        "return epoch",
    ]
    assert passage.context == "in method Node.Inner.run"


def test_from_alone_is_one_line(lines):
    assert text(lines("rules.exp", "math.exp")).strip() == "y = math.exp(x)"


def test_to_is_looked_for_below_from(lines):
    between(lines("rules.exp", "y", "y"), "@property", "y = math.exp(x)")


def test_several_names_are_several_passages(book):
    book.module(MODULE)
    found = listing(book.root, "autograd.rules.E,  autograd.rules.exp")
    assert [each.name for each in found] == ["autograd.rules.E", "autograd.rules.exp"]


def test_a_package_is_named_by_its_folder(book):
    book.write("autograd/__init__.py", '"""Hello."""\n__version__ = "1"\n')
    book.write("autograd/sub/__init__.py", "x = 1\n")
    book.write("autograd/sub/deep.py", "y = 1\n")
    names = ("autograd:docstring", "autograd.__version__", "autograd.sub.x", "autograd.sub.deep.y")
    found = listing(book.root, ", ".join(names))
    assert [each.text[0] for each in found] == ['"""Hello."""', '__version__ = "1"', "x = 1", "y = 1"]


def test_a_module_beats_a_name_in_the_package(book):
    book.write("autograd/__init__.py", "rules = 1\n")
    book.module("x = 2\n")
    assert listing(book.root, "autograd.rules")[0].path == "autograd/rules.py"


@pytest.mark.parametrize(
    ("name", "start", "end", "message"),
    [
        ("rules.exq", None, None, "there is no autograd.rules.exq (did you mean autograd.rules.exp?)"),
        ("zzz", None, None, "there is no autograd.zzz"),
        ("rules.Node.grad", None, None, "there is no autograd.rules.Node.grad"),
        ("rules:comments", None, None, "there is no autograd.rules:comments"),
        ("rules.exp", "tanh", None, "no line of autograd.rules.exp contains 'tanh'"),
        (
            "rules.exp",
            "return",
            "def",
            "no line of autograd.rules.exp after the one with 'return' contains 'def'",
        ),
    ],
)
def test_what_is_not_there_is_an_error(lines, name, start, end, message):
    with pytest.raises(SourceError) as caught:
        lines(name, start, end)
    assert str(caught.value).startswith(message)


def test_nothing_is_imported(book):
    book.module("raise SystemExit\nx = 1\n")
    assert listing(book.root, "autograd.rules.x")[0].lines == (2,)


def test_a_file_that_is_not_python_is_an_error_with_its_line(book):
    book.module("x = 1\ndef\n")
    with pytest.raises(SourceError, match=r"^autograd/rules.py:2: invalid syntax"):
        listing(book.root, "autograd.rules.x")
