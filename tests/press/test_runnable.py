"""What a program of a page stands on, and what it needs: noted while the page runs."""

import textwrap

from conftest import Book
from literate.run import Outcome


def page(*programs: str) -> str:
    """A page with these programs, each a fence of its own; a first line `!Name` says what it raises."""
    made = []
    for program in programs:
        text = textwrap.dedent(program).strip("\n")
        header = "```python"
        if text.startswith("!"):
            name, _, text = text[1:].partition("\n")
            header = f'```{{.python raises="{name}"}}'
        made.append(f"{header}\n{text}\n```")
    return "\n\n".join(["# Page", *made]) + "\n"


def ran(book: Book, *programs: str) -> list[Outcome]:
    outcomes = book.run(page(*programs))
    assert [each.error for each in outcomes] == [None] * len(programs)
    return outcomes


def after(book: Book, *programs: str) -> list[tuple[int, ...] | None]:
    return [each.after for each in ran(book, *programs)]


def needs(book: Book, *programs: str) -> list[tuple[str, ...]]:
    return [each.needs for each in ran(book, *programs)]


# Names.


def test_a_program_stands_on_who_bound_its_names(book: Book) -> None:
    assert after(book, "x = 1", "y = 2", "print(x)", "print(x + y)") == [(), (), (0,), (0, 1)]


def test_it_stands_on_the_last_who_bound_them(book: Book) -> None:
    assert after(book, "x = 1", "x = 2", "print(x)") == [(), (), (1,)]


def test_it_stands_on_what_those_stand_on(book: Book) -> None:
    assert after(book, "x = 1", "y = x + 1", "print(y)") == [(), (0,), (0, 1)]


def test_a_name_of_its_own_is_not_taken_from_above(book: Book) -> None:
    assert after(book, "x = 1", "x = 2\nprint(x)", "for x in range(3):\n    print(x)") == [(), (), ()]


def test_a_name_that_is_read_before_it_is_bound_is_taken_from_above(book: Book) -> None:
    assert after(book, "x = 1", "x += 1", "x = x + 1\nprint(x)") == [(), (0,), (0, 1)]


def test_a_name_in_a_comprehension_counts(book: Book) -> None:
    assert after(book, "k = 3", "print([k * i for i in range(2)])") == [(), (0,)]


def test_a_name_that_a_program_meant_to_fail_did_not_bind_is_still_the_old_one(book: Book) -> None:
    assert after(book, "x = 1", "!ZeroDivisionError\n1 / 0\nx = 2", "print(x)")[2] == (0, 1)


def test_a_deleted_name_is_missed_by_who_shows_that(book: Book) -> None:
    assert after(book, "x = 1", "del x", "!NameError\nx")[2] == (0, 1)


# Functions and classes.


def test_a_function_brings_the_names_that_it_uses(book: Book) -> None:
    assert after(book, "def f():\n    return g()", "def g():\n    return 1", "print(f())") == [(), (), (0, 1)]


def test_a_class_brings_the_names_that_its_methods_use(book: Book) -> None:
    thing = "class Thing:\n    def go(self):\n        return g()"
    assert after(book, thing, "def g():\n    return 1", "t = Thing()", "print(t.go())")[3] == (0, 1, 2)


def test_a_global_name_that_a_function_binds_is_bound_by_who_calls_it(book: Book) -> None:
    count = "def count():\n    global n\n    n += 1"
    assert after(book, "n = 0", count, "count()", "print(n)") == [(), (0,), (0, 1), (0, 1, 2)]


# Change.


def test_who_changes_a_list_is_stood_on_and_who_reads_it_is_not(book: Book) -> None:
    assert after(book, "x = []", "print(x)", "x.append(1)", "print(x)") == [(), (0,), (0,), (0, 2)]


def test_a_change_is_seen_under_every_name_of_the_object(book: Book) -> None:
    assert after(book, "x = [1]\ny = {'x': x}", "x.append(2)", "print(y)") == [(), (0,), (0, 1)]


def test_a_change_deep_within_objects_is_seen(book: Book) -> None:
    thing = "class Thing:\n    __slots__ = ('inside',)"
    build = "t = Thing()\nt.inside = [{'a': 1.0}]"
    assert after(book, thing, build, "t.inside[0]['a'] = 2.0", "print(t.inside)")[3] == (0, 1, 2)


def test_an_iterator_that_a_program_names_may_have_moved(book: Book) -> None:
    assert after(book, "it = iter([1, 2])", "next(it)", "print(next(it))") == [(), (0,), (0, 1)]


def test_no_code_of_the_page_is_called_to_look_at_its_objects(book: Book) -> None:
    thing = """
        class Thing(list):
            def __iter__(self):
                raise RuntimeError("called")
            def __getattribute__(self, name):
                raise RuntimeError("called")
            def __eq__(self, other):
                raise RuntimeError("called")
            __hash__ = None
    """
    assert after(book, thing, "t = Thing()", "list.append(t, 1)", "print(list.__len__(t))")[3] == (0, 1, 2)


def test_the_state_of_random_goes_from_program_to_program(book: Book) -> None:
    draw = "import random\nrandom.random()"
    seed = "import random\nrandom.seed(1)\nrandom.random()"
    assert after(book, "x = 1", draw, draw, seed, draw) == [(), (), (1,), (), (3,)]


def test_a_file_goes_from_program_to_program(book: Book) -> None:
    write = "from pathlib import Path\nPath('a.txt').write_text('a');"
    read = "import pathlib\nprint(pathlib.Path('a.txt').read_text())"
    assert after(book, "x = 1", write, read) == [(), (), (1,)]


# Needs.


def test_a_module_that_no_browser_has_is_needed_by_who_stands_on_it(book: Book) -> None:
    assert needs(book, "import numpy as np\nx = np.zeros(2)", "print(x)", "print(1)") == [
        ("numpy",),
        ("numpy",),
        (),
    ]


def test_a_module_that_is_loaded_already_is_needed_as_well(book: Book) -> None:
    assert needs(book, "import numpy", "def f():\n    import numpy\n    return 1", "f();")[1:] == [
        (),
        ("numpy",),
    ]


def test_a_module_that_the_package_takes_is_needed(book: Book) -> None:
    book.module("def f():\n    import sklearn\n    return 1\n")
    assert needs(book, "from autograd.rules import f", "print(f())") == [(), ("scikit-learn",)]


def test_a_loaded_module_that_the_package_takes_by_its_name_is_needed(book: Book) -> None:
    book.module("import importlib\n\ndef f():\n    return importlib.import_module('numpy').pi > 3\n")
    assert needs(book, "import numpy", "from autograd.rules import f", "print(f())")[1:] == [(), ("numpy",)]


def test_a_process_is_needed_and_drawing_a_graph_is_none(book: Book) -> None:
    start = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], check=True);"
    draw = "from graphviz import Digraph\nprint(len(Digraph().pipe('svg')) > 100)"
    assert needs(book, start, draw) == [("processes",), ()]


def test_a_page_can_say_what_is_needed(book: Book) -> None:
    outcomes = book.run('# Page\n\n```{.python needs="a screen"}\nx = 1\n```\n\n```python\nprint(x)\n```\n')
    assert [each.needs for each in outcomes] == [("a screen",), ("a screen",)]
