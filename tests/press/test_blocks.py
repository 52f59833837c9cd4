"""Every fence of a page is a block, wherever it stands, or the page is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from literate.blocks import Block, PageError, parse, without_comments


def only(text: str) -> Block:
    (block,) = parse(text, "docs/x.md")
    return block


def refusal(text: str) -> str:
    with pytest.raises(PageError) as caught:
        parse(text, "docs/x.md")
    return str(caught.value)


def test_a_program_knows_its_lines_and_its_place():
    block = only("# Title\n\n```python\nx = 1\n\nx\n```\n")
    assert (block.kind, block.code, block.language) == ("program", "x = 1\n\nx\n", "python")
    assert (block.line, block.end_line, block.index, block.prefix) == (3, 7, 0, "")


def test_front_matter_counts_but_is_not_read():
    assert only('---\ntitle: "```python"\n---\n\n```python\n1\n```\n').line == 5


def test_lines_that_end_as_on_windows_count_the_same():
    assert only("a\r\n\r\n```python\r\nx\r\n```\r\n").code == "x\n"


def test_a_form_feed_is_no_line():
    assert only("a\x0cb\u2028c\n```python\nx\n```\n").line == 2


@pytest.mark.parametrize(
    "opening",
    [
        "!!! note",
        "??? question",
        "???+ tip",
        '=== "A"',
        "- item",
        "1. item",
        "10) item",
        "[^1]: note",
        ":   meaning",
    ],
)
def test_a_fence_in_a_container_is_a_block(opening):
    block = only(f"{opening}\n\n    ```python\n    if x:\n        y\n    ```\n")
    assert (block.kind, block.code, block.line, block.prefix) == ("program", "if x:\n    y\n", 3, "    ")


def test_a_fence_in_two_containers_is_a_block():
    block = only('=== "A"\n\n    !!! note\n        text\n\n        ```python\n        1\n        ```\n')
    assert (block.kind, block.code, block.prefix) == ("program", "1\n", " " * 8)


def test_a_fence_in_a_quotation_is_a_block():
    block = only("> said\n>\n> ```python\n> if x:\n>\n>     y\n> ```\n")
    assert (block.code, block.line, block.prefix) == ("if x:\n\n    y\n", 3, "> ")


def test_a_fence_in_a_quotation_in_a_list_is_a_block():
    assert only("- item\n\n    > ```python\n    > 1\n    > ```\n").prefix == "    > "


def test_a_fence_in_a_quotation_in_a_quotation_is_a_block():
    assert only("> > ```python\n> > 1\n> > ```\n").code == "1\n"


def test_a_list_item_may_run_over_lines_that_are_not_indented():
    assert only("- a long\n  item that\ngoes on\n\n    ```python\n    1\n    ```\n").kind == "program"


def test_a_tilde_fence_is_a_block():
    assert only("~~~python\n1\n~~~\n").kind == "program"


def test_a_fence_without_blank_lines_around_it_is_a_block():
    assert only("text\n```python\n1\n```\ntext\n").kind == "program"


def test_a_fence_at_the_very_end_without_a_newline_is_a_block():
    assert only("```python\n1\n```").kind == "program"


def test_a_fence_in_a_comment_is_no_block():
    text = "a\n<!--\n```python\n1\n```\n-->\n\n```python\n2\n```\n"
    assert [block.line for block in parse(text)] == [8]
    assert without_comments(text).split("\n")[:7] == ["a", "", "", "", "", "", ""]
    assert without_comments(text).split("\n")[7] == "```python"


def test_a_comment_in_a_fence_is_code():
    text = "```html\n<!--\n```\n\n```python\n1\n```\n\n<!-- -->\n"
    assert [block.language for block in parse(text)] == ["html", "python"]
    assert "<!--\n```" in without_comments(text)


def test_code_that_speaks_of_comments_or_fences_is_text():
    assert parse("Write `<!--` or ```` ```python ````.\n\n```` ```python ```` is one.\n") == []


def test_a_comment_within_a_line_is_no_harm():
    assert parse("a <!-- b --> c\n<!-- d --> e\n\n") == []
    assert without_comments("<!-- d --> e") == " e"


def test_a_fence_may_show_fences():
    block = only("````markdown\n```python\n1\n```\n````\n")
    assert (block.kind, block.code) == ("other", "```python\n1\n```\n")


def test_attributes_in_braces():
    block = only("""```{.python alt='a "graph"' caption="two nodes" fold=How}\n1\n```\n""")
    assert block.attributes == {"alt": 'a "graph"', "caption": "two nodes", "fold": "How"}


def test_source_and_quote_are_empty_fences():
    text = '```{.python source="a.b, a.c"}\n```\n\n```{.python quote="a.b" from="x" to="y"}\n```\n'
    assert [block.kind for block in parse(text)] == ["source", "quote"]


def test_an_expected_output_follows_its_program():
    text = "```python\nprint(1)\n```\n\nIt prints\n\n```{.text .expect}\n1\n```\n"
    assert [block.kind for block in parse(text)] == ["program", "expect"]


@pytest.mark.parametrize(
    "header", ["bash", "text", "", '{.yaml title="x.yml"}', 'toml title="x" linenums="1"', "c++", "pytb"]
)
def test_other_languages_are_left_alone(header):
    assert only(f"```{header}\nx\n```\n").kind == "other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n```python\n1\n", "docs/x.md:2: this fence is never closed"),
        ("\n```python\n1\n~~~\n", "docs/x.md:2: this fence is never closed"),
        ("\n````python\n1\n```\n", "docs/x.md:2: this fence is never closed"),
        (
            "```python\n1\n\n```python\n2\n```\n",
            "docs/x.md:1: this fence is not closed before the one at line 4 opens",
        ),
        (
            "- a\n\n    ```python\n    1\n\nb\n```\n",
            "docs/x.md:3: this fence is never closed: line 6 leaves its place",
        ),
        ("> ```python\n> 1\n\nb\n", "docs/x.md:1: this fence is never closed: line 4 leaves its place"),
        (
            "text\n\n    ```python\n    1\n    ```\n",
            "docs/x.md:3: this fence is indented, yet it stands in no list",
        ),
        (
            "- a\n\n        ```python\n        1\n        ```\n",
            "docs/x.md:3: this fence is indented, yet it stands in no",
        ),
        ("- a\n\n  ```python\n  1\n  ```\n", "docs/x.md:3: indent a fence by 4 spaces"),
        ("- a\n\n\t```python\n\t1\n\t```\n", "docs/x.md:3: indent a fence with spaces"),
        (">```python\n>1\n>```\n", "docs/x.md:1: write a space"),
        ("- ```python\n  1\n  ```\n", "docs/x.md:1: a fence must stand on a line of its own"),
        ("1. ~~~python\n   1\n   ~~~\n", "docs/x.md:1: a fence must stand on a line of its own"),
        ("<!--\n```python\n1\n```\n", "docs/x.md:1: this comment is never closed"),
        ("text <!--\n```python\n1\n```\n-->\n", "docs/x.md:1: a comment over several lines must begin"),
        ("<!--\nx --> ```python\n1\n```\n", "docs/x.md:2: nothing may follow a comment"),
        ("```python `x\n1\n```\n", "docs/x.md:1: the header of a fence cannot hold a backtick"),
    ],
)
def test_a_fence_that_could_be_missed_is_an_error(text, message):
    assert refusal(text).startswith(message)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("py", "write `python`"),
        ("Python", "write `python`"),
        ("pycon", "write `python`"),
        ("{.text .python}", "write `python`"),
        ("{python}", "cannot read 'python' in the header"),
        ("{.python notest}", "cannot read 'notest' in the header"),
        ("python notest", "cannot read 'notest' in the header"),
        ("python{.x}", "cannot read the language"),
        ("{.python", "the braces of the header are not closed"),
        ("{.python .skip}", "a python fence has no class 'skip'"),
        ('{.python skip="yes"}', "a program fence has no attribute 'skip'"),
        ('{.python hl_lines="2"}', "a program fence has no attribute 'hl_lines'"),
        ('{.python raises="A" raises="B"}', "the attribute raises stands there twice"),
        ('{.python fold=" "}', "the attribute 'fold' is empty"),
        ('{.python fold="a}', "cannot read"),
        ('{.python raises="A, B"}', "`raises` takes the bare name of one exception"),
        ('{.python raises="A" alt="b"}', "a program that raises shows no picture"),
        ('{.python caption="a"}', "a picture with a `caption` needs an `alt`"),
        ('{.python from="a"}', "a program fence has no attribute 'from'"),
        ('{.python source="autograd.a"}', "a source fence is empty"),
        ('{.python source="autograd.a" fold="b"}', "a source fence has no attribute 'fold'"),
        ('{.python source="autograd.a" quote="autograd.a"}', "a source fence has no attribute 'quote'"),
        ('{.python quote="autograd.a" alt="b"}', "a quote fence has no attribute 'alt'"),
        ('{.text source="autograd.a"}', "only a python fence"),
        ('{.text raises="A"}', "only a python fence"),
        ("{.bash .expect}", "an expected output is written {.text .expect}"),
        ('{.text .expect title="a"}', "an expected output is written {.text .expect}"),
        ("{.text .expect}", "an expected output must follow the program"),
        ("expect", "write `python`"),
    ],
)
def test_a_header_that_is_not_understood_is_an_error(header, message):
    assert refusal(f"\n```{header}\n1\n```\n").startswith(f"docs/x.md:2: {message}")


def test_to_without_from_is_an_error():
    assert refusal('```{.python source="autograd.a" to="b"}\n```\n') == "docs/x.md:1: `to` needs a `from`"


def test_from_with_two_names_is_an_error():
    assert "one name" in refusal('```{.python source="autograd.a, autograd.b" from="b"}\n```\n')


def test_an_empty_program_is_an_error():
    assert refusal("```python\n\n```\n") == "docs/x.md:1: this program is empty"


def test_two_expected_outputs_of_one_program_are_an_error():
    text = "```python\n1\n```\n\n```{.text .expect}\n1\n```\n\n```{.text .expect}\n1\n```\n"
    assert refusal(text).startswith("docs/x.md:9: an expected output must follow")


LINES = st.sampled_from(
    """
text|- item|!!! note|> said|```python|```|~~~python|~~~|    ```python|    ```|> ```python|> ```
|<!--|-->|x = 1|    y = 2|> z = 3|````|- ```python|   ```""".replace("\n", "").split("|")
)


@given(st.lists(LINES, max_size=12))
def test_no_python_fence_is_ever_passed_over_in_silence(lines):
    """Whatever a page looks like: it is refused, or each line that could open a program is accounted for."""
    text = "\n".join(lines)
    try:
        blocks = parse(text)
    except PageError:
        return
    seen = without_comments(text).split("\n")
    inside = {line for block in blocks for line in range(block.line, block.end_line + 1)}
    for number, line in enumerate(seen, start=1):
        assert number in inside or ("```" not in line and "~~~" not in line)
