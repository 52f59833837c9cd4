"""An exercise: its check fails after the starter, passes after the answer, and recognizes known mistakes."""

import re

import pytest
import site_book
from test_run import error, program

from literate.blocks import PageError, parse

STARTER = program('def double(x):\n    """Twice x."""', '{.python exercise="double"}')
ANSWER = program("def double(x):\n    return 2 * x")
CHECK = program(
    'found = double(3)\nassert found is not None, "Return a number."\n'
    'assert found != 9, "You squared."\nassert found == 6, f"Not {found}."',
    '{.python check="double"}',
)
MISTAKE = program("def double(x):\n    return x * x", '{.python mistake="double" says="You squared."}')
WHOLE = STARTER + ANSWER + CHECK + MISTAKE


def refusal(text: str) -> str:
    with pytest.raises(PageError) as caught:
        parse(text, "docs/x.md")
    return str(caught.value)


# How it is written.


def test_its_fences_have_kinds_of_their_own():
    assert [block.kind for block in parse(WHOLE)] == ["exercise", "program", "check", "mistake"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STARTER + ANSWER, "docs/x.md:1: the exercise 'double' has no check"),
        (CHECK, "docs/x.md:1: no exercise 'double' stands above this check"),
        (STARTER + CHECK, "docs/x.md:6: no program stands between the exercise 'double' and its check"),
        (STARTER + ANSWER + MISTAKE + CHECK, "docs/x.md:11: no check 'double' stands above this mistake"),
        (STARTER + ANSWER + CHECK + CHECK, "docs/x.md:18: the exercise 'double' has its check at line 11"),
        (WHOLE + STARTER, "docs/x.md:23: the exercise 'double' stands at line 1 already"),
        (program("x", '{.python mistake="double"}'), "a mistake needs `says`"),
        (program("x", '{.python mistake="double" says=" "}'), "the attribute 'says' is empty"),
        (program("x", '{.python exercise="Two words"}'), "a name has small letters, digits and hyphens"),
        (program("x", '{.python exercise="a" fold="b"}'), "a exercise fence has no attribute 'fold'"),
        (program("x", '{.python says="b"}'), "a program fence has no attribute 'says'"),
        (program("", '{.python exercise="a"}'), "this program is empty"),
        (program("x", '{.js exercise="a"}'), "only a python fence can have the attribute 'exercise'"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, words):
    assert words in refusal(text)


def test_a_page_for_the_peers_has_none(book):
    from literate.results import results

    page = book.page(f"---\nenvironment: peers\n---\n\n{WHOLE}")
    with pytest.raises(PageError, match=r"x\.md:5: a page for the peers environment has no exercise fences"):
        results(page, root=book.root)


# How it runs.


def test_what_the_check_says_is_known(book):
    outcomes = book.run(WHOLE)
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert [outcome.told for outcome in outcomes] == ["Return a number.", None, None, "You squared."]


def test_nothing_stays_of_what_was_tried_out(book):
    check = program("found = double(3)\nassert found == 6, 'Not 6.'\nleft = 1", '{.python check="double"}')
    last = program("'left' in globals(), 'found' in globals(), double(3)")
    assert book.run(STARTER + ANSWER + check + MISTAKE.replace("You squared.", "Not 6.") + last)[-1].text == (
        "(False, False, 6)\n"
    )


def test_a_starter_and_a_mistake_do_not_know_the_answer(book):
    half = program("print('double' in globals())", '{.python mistake="double" says="Define it."}')
    check = program("assert 'double' in globals(), 'Define it.'\ndouble(3)", '{.python check="double"}')
    starter = program("...", '{.python exercise="double"}')
    outcomes = book.run(starter + ANSWER + check.replace("\ndouble(3)", "") + half)
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert outcomes[-1].stdout == "False\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            STARTER.replace('"""Twice x."""', "return x + x") + ANSWER + CHECK,
            "x.md:1: the check 'double' passes after the starter",
        ),
        (
            STARTER + ANSWER + CHECK.replace('is not None, "Return a number."', "+ 0 >= 0"),
            "in an error without a sentence (line 13, TypeError",
        ),
        (
            STARTER + ANSWER + CHECK.replace(', "Return a number."', ""),
            "the check 'double' ends after the starter in an error without a sentence (line 13, Assert",
        ),
        (
            STARTER + program("from math import tau") + ANSWER + CHECK.replace("found == 6", "found < tau"),
            "x.md:1: the check 'double' reads tau, which neither the page above nor the starter gives",
        ),
        (
            STARTER + ANSWER.replace("2 * x", "3 * x - 1") + CHECK,
            "x.md:15: the answer fails its check: AssertionError: Not 8.",
        ),
        (
            STARTER + ANSWER + CHECK + MISTAKE.replace("x * x", "x * 2"),
            "x.md:18: the check 'double' passes after this mistake",
        ),
        (
            STARTER + ANSWER + CHECK + MISTAKE.replace("x * x", "x * 4"),
            "x.md:18: the check should say\n    You squared.\nbut it says\n    Not 12.",
        ),
        (
            STARTER + ANSWER + CHECK + MISTAKE.replace("x * x", "x * y"),
            "this mistake in an error without a sentence (line 20, NameError: name 'y' is not defined)",
        ),
        (STARTER.replace("double(x)", "double(x=y)") + ANSWER + CHECK, "x.md:2: NameError: name 'y'"),
    ],
)
def test_what_is_wrong_is_told_with_page_and_line(book, text, words):
    assert words in error([each for each in book.run(text) if "not run" not in (each.error or "")])


def test_a_starter_stands_on_what_its_answer_and_its_check_stand_on(book):
    above = program("one = 1") + program("two = 2") + program("three = 3") + program("four = 4")
    answer = ANSWER.replace("2 *", "two *")
    check = CHECK.replace("found = double(3)", "found = double(four - one)")
    outcomes = book.run(above + STARTER + answer + check + program("double(1)"))
    assert [outcome.error for outcome in outcomes] == [None] * 8
    assert [outcome.after for outcome in outcomes[4:]] == [(0, 1, 3), (1,), (0, 1, 3, 5), (1, 5)]


# How it looks.


def test_a_reader_sees_the_starter_and_can_unfold_the_tests(tmp_path):
    book = site_book.make(tmp_path)
    page = book / "docs/part1/one.md"
    wrong = MISTAKE + MISTAKE.replace("x * x", "9")
    answer = "".join(f"    {line}\n" for line in (ANSWER + CHECK + wrong).splitlines())
    exercise = f'\n## Try\n\n{STARTER}??? success "Answer"\n\n{answer}'
    page.write_text(page.read_text(encoding="utf-8") + exercise, encoding="utf-8")
    done = site_book.build(book)
    assert done.returncode == 0, done.stderr
    made = (book / "site/part1/one/index.html").read_text(encoding="utf-8")
    assert re.search(r'<div class="program"[^>]* data-exercise="double"><div class="language-python', made)
    inside = made.partition("<summary>Answer</summary>")[2].partition('<details class="fold aid"')
    assert "return" in inside[0]
    assert re.match(r' data-check="double"><summary>The tests</summary>', inside[2])
    assert made.count("Wrong ways that are recognized") == 1
    assert made.count('<p class="says">You squared.</p>') == 2
    index = (book / "site/search/search_index.json").read_text(encoding="utf-8")
    assert "Twice x." in index
    assert "You squared" not in index
