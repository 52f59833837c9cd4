"""A page runs in order, in one namespace, in its own process; what goes wrong is said with page and line."""

import json
import os
import re
import sys
from pathlib import Path

import pytest

from literate import run as press
from literate.blocks import PageError
from literate.results import results


def program(code: str, header: str = "python") -> str:
    return f"```{header}\n{code}\n```\n\n"


def expect(text: str) -> str:
    return program(text, "{.text .expect}")


def texts(outcomes):
    assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    return [outcome.text for outcome in outcomes]


def error(outcomes) -> str:
    (found,) = [outcome.error for outcome in outcomes if outcome.error]
    return found


# What a reader sees.


def test_programs_share_one_namespace_in_order(book):
    assert texts(book.run(program("x = 1") + program("x += 1\nprint(x)"))) == ["", "2\n"]


def test_the_value_of_the_last_expression_is_shown_below_what_was_printed(book):
    assert texts(book.run(program('print("a", end="")\n{"b": 1}') + program("None"))) == ["a\n{'b': 1}\n", ""]


def test_only_the_last_expression_is_shown(book):
    assert texts(book.run(program("1\n2") + program("3\nx = 4"))) == ["2\n", ""]


def test_output_keeps_every_sign(book):
    assert texts(book.run(program("print('∂f/∂x → ½')"))) == ["∂f/∂x → ½\n"]


def test_the_package_of_the_book_is_the_one_that_runs(book):
    book.module("here = 'the small book'\n")
    assert texts(book.run(program("import autograd.rules\nautograd.rules.here"))) == ["'the small book'\n"]


def test_the_modules_of_the_press_hide_none_of_the_library(book):
    code = "import math, source\n"
    assert "No module named 'source'" in error(book.run(program(code)))
    assert texts(book.run(program("import math\nmath.tau"))) == ["6.283185307179586\n"]


def test_the_namespace_is_a_module(book):
    code = """
from __future__ import annotations
from dataclasses import dataclass
import pickle, inspect
@dataclass
class Point:
    x: Unknown
"""
    more = """
def f(y: Nobody):
    return y
print(inspect.getsource(f))
pickle.loads(pickle.dumps(Point(1))), __name__
"""
    seen = "def f(y: Nobody):\n    return y\n\n(Point(x=1), '__main__')\n"
    assert texts(book.run(program(code) + program(more))) == ["", seen]


def test_what_a_page_changes_stays_on_the_page(book):
    book.run(
        program(
            "import os, sys\nos.environ['LEAK'] = '1'\nsys.modules['leak'] = os\nopen('leak', 'w').close()"
        )
    )
    assert "LEAK" not in os.environ
    assert "leak" not in sys.modules
    assert not list(book.root.rglob("leak"))
    assert texts(book.run(program("import os\nos.environ.get('LEAK'), os.path.exists('leak')"))) == [
        "(None, False)\n"
    ]


def test_sets_come_in_the_same_order_in_every_process(book):
    page = program("print({f'node{n}' for n in range(20)}, hash('a'))")
    assert texts(book.run(page)) == texts(book.run(page))


def test_the_richest_form_is_shown(book):
    code = """
class Form:
    def __init__(self, **forms): vars(self).update(forms)
class Bundle:
    def _repr_mimebundle_(self, include=None, exclude=None): return {"text/html": "<b>x</b>"}, {}
class Nothing:
    def _repr_svg_(self): return None
    def __repr__(self): return "plain"
"""
    blocks = [
        "Form(_repr_svg_=lambda: '<svg/>', _repr_html_=lambda: '<i/>')",
        "Form(_repr_html_=lambda: '<i/>')",
        "Form(_repr_png_=lambda: b'png')",
        "Bundle()",
        "Nothing()",
        "Bundle.__name__; Bundle",
    ]
    headers = ['{.python alt="x"}', "python", '{.python alt="x"}', "python", "python", "python"]
    outcomes = book.run(program(code) + "".join(map(program, blocks, headers)))
    assert [outcome.rich for outcome in outcomes[1:]] == [
        (("image/svg+xml", "<svg/>"),),
        (("text/html", "<i/>"),),
        (("image/png", "cG5n"),),
        (("text/html", "<b>x</b>"),),
        (("text/plain", "plain"),),
        (("text/plain", "<class '__main__.Bundle'>"),),
    ]
    texts(outcomes)


def test_a_graph_is_drawn_by_the_graphviz_that_came_with_pip(book):
    code = "import graphviz, shutil\nprint(shutil.which('dot'))\nd = graphviz.Digraph()\nd.edge('a', 'b')\nd"
    (outcome,) = book.run(program(code, '{.python alt="a to b"}'))
    assert outcome.error is None
    assert Path(outcome.stdout.strip()) == book.root / ".cache/literate/bin/dot"
    assert Path(outcome.stdout.strip()).samefile(Path(sys.executable).parent / "graphviz-pure")
    assert [mime for mime, _ in outcome.pictures] == ["image/svg+xml"]


def test_the_graphviz_that_came_with_pip_is_found_by_its_own_name(book):
    assert "graphviz-pure" in texts(book.run(program("import shutil\nshutil.which('graphviz-pure')")))[0]


# Plots.


def test_plots_follow_light_and_dark_and_are_the_same_every_time(book):
    plot = "plt.plot([1, 2], [3, 5], label='a')\nplt.title('Loss')\nplt.legend()"
    page = program(f"import matplotlib.pyplot as plt\n{plot}", '{.python alt="rising"}')
    page += program("fig, ax = plt.subplots(1, 2)\nax[0].plot([1])\nax", '{.python alt="two"}')
    page += program("plt.get_fignums(), plt.get_backend().lower()")
    first, second, after = book.run(page)
    assert (first.error, second.error, after.text) == (None, None, "([], 'agg')\n"), "figures are closed"
    assert [mime for mime, _ in first.rich + second.rich] == ["image/svg+xml"] * 2, "no repr of lines or axes"
    svg = first.rich[0][1]
    assert 'width="460.8pt"' in svg, "6.4 inches"
    assert "#010203" in svg
    assert ">Loss</text>" in svg, "text stays text"
    assert not re.search(r"#000000|#ffffff|<dc:date>", svg)
    assert book.run(page)[0].rich == first.rich


@pytest.mark.parametrize("close", ["", "plt.close(fig)\n"])
def test_a_figure_that_is_the_value_of_a_block_is_shown_once_open_or_closed(book, close):
    code = f"import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\n{close}fig"
    (outcome,) = book.run(program(code, '{.python alt="rising"}'))
    assert outcome.error is None
    assert [mime for mime, _ in outcome.rich] == ["image/svg+xml"]


def test_a_figure_made_without_pyplot_is_shown(book):
    code = "from matplotlib.figure import Figure\nfig = Figure()\nfig.subplots().plot([1, 2])\nfig"
    (outcome,) = book.run(program(code, '{.python alt="rising"}'))
    assert outcome.error is None
    assert [mime for mime, _ in outcome.rich] == ["image/svg+xml"]


def test_the_colours_of_plots_stand_out_on_light_and_on_dark():
    rc = (Path(press.__file__).parent / "matplotlibrc").read_text(encoding="utf-8")
    cycle = re.findall(r'"([0-9a-f]{6})"', rc)
    assert len(cycle) >= 4
    for colour in cycle:
        for paper in ("ffffff", "1e2129"):
            assert contrast(colour, paper) >= 3, f"{colour} on {paper}"


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_page_without_plots_does_not_import_matplotlib_or_numpy(book):
    code = "import sys\nsorted({'matplotlib', 'numpy', 'graphviz', 'literate'} & sys.modules.keys())"
    assert texts(book.run(program(code))) == ["[]\n"]


# What goes wrong.


def test_a_failing_block_names_page_and_line_and_stops_the_page(book):
    page = "# X\n\n" + program("x = 1\n\ny = x / 0") + program("print('after')")
    failed, after = book.run(page)
    assert failed.error == "docs/part1/x.md:6: ZeroDivisionError: division by zero"
    assert after.error == "docs/part1/x.md:9: not run: line 3 failed first"
    assert after.stdout == ""


def test_a_traceback_quotes_the_page_and_the_package_and_nothing_else(book):
    book.module("def invert(x):\n    return 1 / x\n")
    code = ["```python", "from autograd.rules import invert", "if True:", "    list(map(invert, [0]))", "```"]
    (outcome,) = book.run("- in a list\n\n" + "".join(f"    {line}\n" for line in code))
    trace = outcome.traceback.split("\n")
    assert trace[0] == "Traceback (most recent call last):"
    assert trace[1:3] == ['  File "docs/part1/x.md", line 6, in <module>', "    list(map(invert, [0]))"]
    assert [line for line in trace if "File" in line][1:] == ['  File "autograd/rules.py", line 2, in invert']
    assert "worker.py" not in outcome.traceback
    assert trace[-2] == "ZeroDivisionError: division by zero"


def test_an_error_in_a_function_of_an_earlier_block_keeps_its_own_line(book):
    page = program("def f(x):\n    return 1 / x") + program("f(0)")
    assert error(book.run(page)) == "docs/part1/x.md:3: ZeroDivisionError: division by zero"


def test_a_block_that_is_not_python_names_its_line(book):
    assert error(book.run("\n" + program("x = 1\nx ="))) == "docs/part1/x.md:4: SyntaxError: invalid syntax"


def test_a_name_error_of_the_last_expression_names_its_line(book):
    assert error(book.run(program("x = 1\nunknown"))).startswith("docs/part1/x.md:3: NameError")


def test_an_error_while_a_value_shows_itself_is_an_error(book):
    code = "class A:\n    def __repr__(self):\n        raise KeyError('k')\nA()"
    assert error(book.run(program(code))) == "docs/part1/x.md:4: KeyError: 'k'"


def test_a_type_error_on_the_first_run_only_is_an_error(book):
    code = "import builtins\nif not hasattr(builtins, 'ran'):\n    builtins.ran = True\n    len(1)"
    assert "TypeError" in error(book.run(program(code)))


def test_a_block_that_raises_what_it_says(book):
    (outcome,) = book.run(program("print('first')\nint('x')", '{.python raises="ValueError"}'))
    assert outcome.raised == "ValueError: invalid literal for int() with base 10: 'x'"
    assert outcome.text == f"first\n{outcome.raised}\n"
    assert outcome.error is None


def test_after_a_block_that_raises_the_page_goes_on(book):
    page = program("x = 1\nint('x')", '{.python raises="ValueError"}') + program("x")
    assert [outcome.error for outcome in book.run(page)] == [None, None]


def test_a_block_that_should_not_even_compile(book):
    (outcome,) = book.run(program("x = = 1", '{.python raises="SyntaxError"}'))
    assert outcome.raised == "SyntaxError: invalid syntax"


def test_a_block_that_should_raise_and_does_not(book):
    page = "\n" + program("1", '{.python raises="ValueError"}') + program("2")
    first, second = book.run(page)
    assert first.error == "docs/part1/x.md:2: this program should raise ValueError, but did not"
    assert second.error == "docs/part1/x.md:6: not run: line 2 failed first"


@pytest.mark.parametrize("wanted", ["ArithmeticError", "Exception", "ValueError"])
def test_a_block_that_raises_something_else_even_a_subclass(book, wanted):
    found = error(book.run(program("1 / 0", f'{{.python raises="{wanted}"}}')))
    assert found == f"docs/part1/x.md:2: ZeroDivisionError: division by zero (and not {wanted})"


def test_the_expected_output_is_compared_to_the_letter(book):
    assert texts(book.run(program("print('a ')\n2") + expect("a \n2"))) == ["a \n2\n"]
    found = error(book.run(program("print('a')\n2") + expect("a\n3")))
    assert found.startswith(
        "docs/part1/x.md:6: the output is not the expected one\n--- expected\n+++ printed\n"
    )
    assert found.endswith("\n a\n-3\n+2")


@pytest.mark.parametrize("wrong", ["a", "a  b", " a b", "a b ", "a b\nc"])
def test_an_expected_output_that_is_nearly_right_is_wrong(book, wrong):
    assert "is not the expected one" in error(book.run(program("print('a b')") + expect(wrong)))


def test_an_expected_output_of_nothing_is_wrong(book):
    assert "is not the expected one" in error(book.run(program("print('a')") + expect("")))
    assert "is not the expected one" in error(book.run(program("x = 1") + expect("1")))


def test_an_expected_output_includes_the_error(book):
    page = program("1 / 0", '{.python raises="ZeroDivisionError"}')
    texts(book.run(page + expect("ZeroDivisionError: division by zero")))
    assert "is not the expected one" in error(book.run(page + expect("ZeroDivisionError")))


def test_after_a_wrong_output_the_page_goes_on(book):
    outcomes = book.run(program("x = 1\nx") + expect("2") + program("x"))
    assert [bool(outcome.error) for outcome in outcomes] == [True, False]


def test_a_picture_without_alt_is_an_error(book):
    code = "class A:\n    def _repr_svg_(self):\n        return '<svg/>'\nA()"
    assert (
        error(book.run("\n" + program(code)))
        == "docs/part1/x.md:2: this program shows a picture: give it an `alt`"
    )


def test_a_picture_in_html_without_alt_is_an_error(book):
    code = "class A:\n    def _repr_html_(self):\n        return '<p><svg ></svg></p>'\nA()"
    assert "shows a picture" in error(book.run(program(code)))


def test_an_alt_without_a_picture_is_an_error(book):
    assert "but shows no picture" in error(book.run(program("1", '{.python alt="a"}')))


def test_a_memory_address_in_the_output_is_an_error(book):
    assert "the output shows a memory address" in error(book.run(program("object()")))


def test_a_warning_is_an_error(book):
    page = program("import warnings\nwarnings.warn('old', DeprecationWarning)")
    assert error(book.run(page)) == "docs/part1/x.md:1: DeprecationWarning: old (docs/part1/x.md:3)"
    assert "SyntaxWarning" in error(book.run(program("1 is 1")))


def test_a_warning_that_the_page_itself_catches_is_none(book):
    code = "import warnings\nwith warnings.catch_warnings(record=True) as caught:\n    warnings.warn('old')"
    assert texts(book.run(program(f"{code}\nlen(caught)"))) == ["1\n"]


def test_an_error_in_a_thread_is_an_error(book):
    code = "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()"
    assert "in a thread: ZeroDivisionError" in error(book.run(program(code)))


def test_an_error_in_a_finaliser_is_an_error(book):
    code = "class A:\n    def __del__(self):\n        1 / 0\na = A()\ndel a"
    assert "in a finaliser: ZeroDivisionError" in error(book.run(program(code)))


def test_what_goes_to_standard_error_is_kept_apart(book):
    (outcome,) = book.run(program("import sys\nprint('progress', file=sys.stderr)\nprint('result')"))
    assert (outcome.stdout, outcome.stderr, outcome.error) == ("result\n", "progress\n", None)


# The process.


@pytest.mark.parametrize("code", ["raise SystemExit(0)", "import sys\nsys.exit()", "exit()"])
def test_a_page_that_leaves_early_fails(book, code):
    first, second = book.run(program(code) + program("1"))
    assert "SystemExit" in first.error
    assert "not run" in second.error


def test_a_process_that_ends_in_silence_fails_and_keeps_its_output(book):
    first, second = book.run(program("import os\nprint('so far')\nos._exit(0)") + program("1"))
    assert first.error == "docs/part1/x.md:1: the process of this page left before its end"
    assert first.stdout == "so far\n"
    assert second.error == "docs/part1/x.md:7: not run: line 1 failed first"


def test_a_process_that_dies_fails_and_tells_what_it_said_last(book):
    code = "import os\nos.write(2, b'a cry')\nos.abort()"
    (outcome,) = book.run(program(code))
    assert "the process of this page died (exit code -6)" in outcome.error
    assert "a cry" in outcome.traceback


def test_a_process_that_dies_after_its_last_program_fails(book):
    outcomes = book.run(program("1") + program("import atexit, os\natexit.register(lambda: os._exit(3))"))
    assert "died (exit code 3)" in error(outcomes)


def test_a_page_that_takes_too_long_fails_and_keeps_its_output(book):
    first, second, third = book.run(
        program("1") + program("print('begun')\nwhile True:\n    pass") + program("2"), limit=0.5
    )
    assert first.error is None
    assert second.error == "docs/part1/x.md:5: the page took longer than 0.5 seconds and was stopped"
    assert second.stdout == "begun\n"
    assert third.error == "docs/part1/x.md:11: not run: line 5 failed first"


def test_a_thread_that_never_ends_is_a_timeout(book):
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"
    assert "took longer" in error(book.run(program(code), limit=0.5))


def test_a_page_that_forks_and_runs_its_programs_twice_fails(book):
    page = program("import os\nchild = os.fork()") + program("import time\ntime.sleep(0.2 if child else 0)")
    assert "the programs of this page ran more than once" in error(book.run(page))


def test_the_library_does_not_see_the_folder_of_the_press(book):
    assert texts(book.run(program("import sys\nany(path.endswith('literate') for path in sys.path)"))) == [
        "False\n"
    ]


# What is kept.


def test_results_are_kept_until_something_changes(book):
    page = book.page(program("import time\ntime.time_ns()"))
    first = results(page, root=book.root)
    assert results(page, root=book.root) == first
    assert results(page, root=book.root, fresh=True) != first
    second = results(page, root=book.root)
    book.module("x = 1\n")
    third = results(page, root=book.root)
    assert third != second, "the package changed"
    book.page("\n" + program("import time\ntime.time_ns()"))
    assert results(page, root=book.root) != third, "the page changed"


def test_what_tools_keep_beside_the_package_changes_nothing(book):
    page = book.page(program("import time\ntime.time_ns()"))
    first = results(page, root=book.root)
    book.write("autograd/.ruff_cache/0.1/17", "of a linter")
    assert results(page, root=book.root) == first


def test_an_expected_output_that_changes_is_compared_again(book):
    page = book.page(program("1") + expect("1"))
    assert results(page, root=book.root)[0].error is None
    book.page(program("1") + expect("2"))
    assert results(page, root=book.root)[0].error


def test_a_failure_is_not_kept_and_takes_the_place_of_a_success(book):
    flag = book.root / "flag"
    page = book.page(program(f"import os\nassert not os.path.exists({str(flag)!r})"))
    assert results(page, root=book.root)[0].error is None
    flag.touch()
    assert results(page, root=book.root, fresh=True)[0].error
    assert results(page, root=book.root)[0].error, "and not the success of before"
    flag.unlink()
    assert results(page, root=book.root)[0].error is None


def test_a_damaged_file_of_the_cache_is_no_harm(book):
    page = book.page(program("1"))
    results(page, root=book.root)
    kept = book.root / ".cache/literate/docs/part1/x.md.json"
    key = json.loads(kept.read_text())["key"]
    for outcomes in ("", "[1]", "[]", '[{"rich": [], "nonsense": 1}]', '[{"line": 1, "rich": 1}]'):
        kept.write_text(f'{{"key": "{key}", "outcomes": {outcomes}}}')
        assert [outcome.text for outcome in results(page, root=book.root)] == ["1\n"]


def test_a_page_that_cannot_be_parsed_has_no_results(book):
    with pytest.raises(PageError, match=r"^docs/part1/x.md:1: this fence is never closed"):
        results(book.page("```python\n"), root=book.root)


def test_a_page_without_programs_has_no_outcomes(book):
    assert book.run("# Only words\n\n```bash\nls\n```\n") == []


def test_a_package_that_changes_while_the_page_runs_leaves_nothing_to_keep(book):
    code = f"from pathlib import Path\nPath({str(book.root / 'autograd/new.py')!r}).write_text('x = 1')\nNone"
    page = book.page(program(code))
    assert results(page, root=book.root)[0].error is None
    assert not (book.root / ".cache/literate/docs/part1/x.md.json").exists()
