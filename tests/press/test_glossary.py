"""The glossary: what its entries say, and which words of a page lead to them."""

from pathlib import Path

import pytest

from literate import glossary

ROOT = Path(__file__).parent.parent.parent

TEXT = """\
# Glossary

Chain rule { #chain-rule }
:   Slopes are *multiplied* along a [path](a.md#b). And added.

Leaf { #leaf data-forms="leaf, leaves" }
:   A node that no operation
    made.

Rule { #rule }
:   A row.

Silent { #silent data-forms="" }
:   It is never linked.
"""


@pytest.fixture
def terms() -> list[glossary.Term]:
    return glossary.read(TEXT)


def linked(page: str, terms: list[glossary.Term]) -> str:
    return glossary.link(page, terms, lambda key: f"g/#{key}")


def a(key: str, gist: str, words: str) -> str:
    return f'<a class="term" href="g/#{key}" title="{gist}">{words}</a>'


def test_an_entry_has_forms_and_the_first_sentence(terms: list[glossary.Term]) -> None:
    assert [term.key for term in terms] == ["chain-rule", "leaf", "rule", "silent"]
    assert terms[0].forms == ("chain rule", "chain rules")
    assert terms[0].gist == "Slopes are multiplied along a path."
    assert terms[1].forms == ("leaf", "leaves")
    assert terms[1].gist == "A node that no operation made."
    assert terms[3].forms == ()


@pytest.mark.parametrize(
    ("name", "plural"), [("Loss", "losses"), ("Entropy", "entropies"), ("Array", "arrays"), ("Box", "boxes")]
)
def test_plurals(name: str, plural: str) -> None:
    (term,) = glossary.read(f"{name} {{ #x }}\n:   A thing.\n")
    assert term.forms == (name.lower(), plural)


def test_two_entries_for_one_word_are_refused() -> None:
    with pytest.raises(ValueError, match="'leaf' calls both #leaf and #page"):
        glossary.read(TEXT + '\nPage { #page data-forms="leaf" }\n:   Of a book.\n')


def test_the_first_use_is_linked_and_no_other(terms: list[glossary.Term]) -> None:
    first = a("leaf", "A node that no operation made.", "Leaves")
    assert linked("<p>Leaves fall. A leaf.</p>", terms) == f"<p>{first} fall. A leaf.</p>"


def test_the_longest_term_wins_and_a_line_may_end_in_it(terms: list[glossary.Term]) -> None:
    made = linked("<p>the <em>chain\nrule</em> is a rule</p>", terms)
    chain = a("chain-rule", "Slopes are multiplied along a path.", "chain\nrule")
    assert made == f"<p>the <em>{chain}</em> is a {a('rule', 'A row.', 'rule')}</p>"


@pytest.mark.parametrize(
    "page",
    [
        "<h2 id='leaf'>A leaf</h2>",
        "<p><code>leaf</code> <a href='x'>leaf</a> cloverleaf leaf-like leafy</p>",
        '<p><span class="math" data-tex="0">leaf</span></p>',
        '<li><div data-fence="0"><pre><code>leaf</code></pre><p>leaf</p></div></li>',
        "<figure><figcaption><p>leaf</p></figcaption></figure>",
        '<div class="admonition"><p class="admonition-title">Leaf</p></div>',
        '<div class="aims"><p>find a leaf</p></div>',
        "<table><tr><td><p>leaf</p></td></tr></table>",
        "<div>leaf</div>",
        "<p>silent</p>",
    ],
)
def test_only_running_text_has_links(terms: list[glossary.Term], page: str) -> None:
    assert linked(page, terms) == page


def test_all_else_stays_to_the_letter(terms: list[glossary.Term]) -> None:
    page = "<!DOCTYPE html><!-- a leaf --><p title='a > b'>1 &lt; 2 &#8217; <br />x<img src='a'>\n</p></b>"
    assert linked(page, terms) == page


def test_the_books_own_glossary_has_many_entries_and_every_first_sentence_stands_alone() -> None:
    terms = glossary.read((ROOT / "docs/about/glossary.md").read_text(encoding="utf-8"))
    assert len(terms) >= 35
    for term in terms:
        assert term.gist.endswith("."), term
        assert not set("[]$*`") & set(term.gist), term
