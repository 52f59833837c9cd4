"""The site of a small book: what a reader gets, and what stops the build."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import site_book
from bs4 import BeautifulSoup, Tag

ELSEWHERE = re.compile(r"^(https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = site_book.make(tmp_path_factory.mktemp("book"))
    done = site_book.build(root)
    assert done.returncode == 0, done.stderr
    return root / "site"


def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / name / "index.html").read_text(encoding="utf-8"), "html.parser")


def program(soup: BeautifulSoup, words: str) -> Tag:
    """The program whose code has these words."""
    return next(found for found in soup.select(".program") if words in found.select_one("code").get_text())


def listing(site: Path, name: str) -> Tag:
    return page(site, "part1/two").find(id=name).parent


# What a reader sees.


def test_what_a_program_printed_stands_below_it(site: Path) -> None:
    shown = program(page(site, "part1/one"), "counter.up()")
    assert shown.select_one(".output samp").get_text() == "counted 1\n"


def test_the_value_of_the_last_expression_is_shown_in_a_list(site: Path) -> None:
    shown = program(page(site, "part1/one"), "2 + 3")
    assert shown.find_parent("li") is not None
    assert shown.select_one("samp").get_text() == "5\n"


def test_an_error_that_was_asked_for_looks_like_one_in_a_note(site: Path) -> None:
    shown = program(page(site, "part1/one"), "1 / 0")
    assert shown.find_parent(class_="admonition") is not None
    assert shown.select_one("pre.error").get_text().startswith("ZeroDivisionError: division by zero")


def test_folded_code_leaves_its_output_open_in_a_tab(site: Path) -> None:
    shown = program(page(site, "part1/one"), "folded")
    assert shown.find_parent(class_="tabbed-block") is not None
    assert shown.select_one("details.fold summary").get_text() == "How it is done"
    assert shown.select_one(".output").find_parent("details") is None


def test_an_expected_output_is_shown_once(site: Path) -> None:
    shown = page(site, "part1/one")
    assert [samp.get_text() for samp in shown.select("samp")].count("a <b>\n") == 1
    assert program(shown, "a <b>").select_one("samp") is not None


def test_an_expected_output_stays_where_the_page_has_it(site: Path) -> None:
    shown = page(site, "part1/one")
    assert program(shown, '"far"').select_one("samp") is None
    place = next(samp for samp in shown.select("samp") if samp.get_text() == "far\n")
    assert "Words between them." in place.find_previous("p").get_text()


def test_figures_are_numbered_by_chapter_and_described(site: Path) -> None:
    figures = page(site, "part1/one").select("figure.picture")
    labels = [figure.select_one(".label").get_text() for figure in figures]
    assert labels == ["Figure 1.1", "Figure 1.2"]
    assert figures[0].select_one("desc").get_text() == "A line that rises."
    assert figures[0].select_one("figcaption .katex") is not None


def test_chapters_are_numbered_in_the_nav(site: Path) -> None:
    links = [link.get_text(" ", strip=True) for link in page(site, "").select(".md-nav--primary a")]
    assert {"1. One", "2. Two"} <= set(links)


def test_the_nav_lists_the_modules_on_their_own_pages_alone(site: Path) -> None:
    def entries(name: str) -> set[str]:
        return {link.get_text(" ", strip=True) for link in page(site, name).select(".md-nav--primary a")}

    assert "The source" in entries("part1/one") & entries("source/small")
    assert "autograd.small" not in entries("") | entries("part1/one")
    assert "autograd.small" in entries("source") & entries("source/small")


def test_the_first_use_of_a_term_leads_to_the_glossary(site: Path) -> None:
    (link,) = page(site, "part1/one").select("a.term")
    assert link.find_parent("p").get_text().startswith("Text about a counter")
    assert link["href"] == "../../about/glossary/#counter"
    assert link["title"] == "What counts."
    assert not page(site, "about/glossary").select("a.term")


def test_what_a_chapter_teaches_stands_on_a_card(site: Path) -> None:
    card = page(site, "part1/one").select_one(".aims")
    assert [item.get_text() for item in card.select("li")] == ["count with a counter."]


def test_a_link_in_a_picture_leads_to_its_page_and_can_be_heard(site: Path) -> None:
    picture = page(site, "").select_one("figure.picture svg")
    assert picture.select_one("a")["href"] == "part1/two/"
    assert picture["role"] == "group"
    assert page(site, "part1/one").select_one("figure.picture svg")["role"] == "img"


def test_formulas_are_set_and_code_is_left_alone(site: Path) -> None:
    shown = page(site, "part1/one")
    assert len(shown.select(".md-content .katex")) == 3
    assert any(code.get_text() == "$code$" for code in shown.select("code"))


def test_only_code_can_be_copied(site: Path) -> None:
    shown = page(site, "part1/one")
    assert shown.select("pre > code")
    assert not shown.select(".output code")


def test_a_listing_has_the_numbers_of_its_file_and_says_where_it_sits(site: Path) -> None:
    shown = listing(site, "autograd.small.Counter.up")
    assert [line["data-n"] for line in shown.select(".line")] == ["12", "13", "14"]
    head = shown.select_one("figcaption").get_text(" ", strip=True)
    assert head == "autograd/small.py in class Counter lines 12–14"


def test_a_listing_leaves_out_what_another_one_owns(site: Path) -> None:
    shown = listing(site, "autograd.small.Counter")
    assert "def up" not in shown.get_text()
    several = listing(site, "autograd.small:docstring")
    assert len(several.select(".gap")) == 1


def test_a_repeat_is_marked_and_leads_to_the_first(site: Path) -> None:
    repeat = page(site, "part1/two").select_one(".listing.repeat")
    assert repeat.select_one(".mark").get_text() == "repeat"
    assert repeat.select_one("a.first")["href"].endswith("#autograd.small.Counter.up")


def test_every_line_of_the_source_leads_to_what_explains_it(site: Path) -> None:
    shown = page(site, "source/small")
    numbers = [line["id"] for line in shown.select(".whole-file .line")]
    assert numbers == [f"L{number}" for number in range(1, len(site_book.MODULE.splitlines()) + 1)]
    notes = [run.select_one(".told").get_text(" ", strip=True) for run in shown.select(".run")]
    assert notes == ["2. Two The rest", "2. Two The class", "2. Two The class", "2. Two The rest"]


def test_a_page_that_names_a_repository_links_to_the_lines_and_asks_nobody(tmp_path: Path) -> None:
    config = site_book.CONFIG + "repo_url: https://example.org/book\n"
    root = site_book.make(tmp_path, {"mkdocs.yml": config})
    done = site_book.build(root)
    assert done.returncode == 0, done.stderr
    shown = page(root / "site", "part1/two")
    link = shown.find(id="autograd.small.Counter.up").parent.select_one("a.repository")
    assert link["href"] == "https://example.org/book/blob/main/autograd/small.py#L12-L14"
    assert not shown.select("[data-md-component=source]")


# What holds for the site as a whole.


def test_every_link_leads_somewhere(site: Path) -> None:
    pages = {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in site.rglob("*.html")
    }
    ids = {path: {tag["id"] for tag in soup.select("[id]")} for path, soup in pages.items()}
    for path, soup in pages.items():
        # The page for wrong addresses has links from the root, since nobody knows where it will be shown.
        for tag in soup.select("[href], [src]") if path.name != "404.html" else ():
            address = urlsplit(str(tag.get("href") or tag.get("src")))
            if address.scheme or tag.name == "use":
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{path}: {tag}"
            # The theme's own toggles of the nav have no page of their own.
            if address.fragment and not address.fragment.startswith("__"):
                assert address.fragment in ids[target], f"{path}: {tag}"


def test_ids_are_unique(site: Path) -> None:
    for path in site.rglob("*.html"):
        ids = [
            tag["id"] for tag in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select("[id]")
        ]
        assert len(ids) == len(set(ids)), path


def test_nothing_is_asked_of_another_host(site: Path) -> None:
    for path in site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for tag in soup.select("script[src], img[src], link[href], iframe[src], source[src]"):
            address = str(tag.get("src") or tag.get("href"))
            assert not ELSEWHERE.match(address), f"{path}: {tag}"
    for path in site.rglob("*.css"):
        css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        wanted = re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", css)
        assert not [address for address in wanted if ELSEWHERE.match(address)], path


def test_letters_are_served_from_here_and_weigh_little(site: Path) -> None:
    fonts = [*site.rglob("*.woff2")]
    assert {path.name for path in (site_book.ROOT / "docs/assets/fonts").glob("*.woff2")} <= {
        f.name for f in fonts
    }
    assert sum(font.stat().st_size for font in fonts) < 600_000
    for css in [site / "assets/fonts.css", site / "assets/katex/katex.min.css"]:
        for address in re.findall(r"url\([\"']?([^\"')]+)", css.read_text(encoding="utf-8")):
            assert (css.parent / address).exists()


def test_the_search_index_has_words_code_and_tex_and_no_pictures(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    text = " ".join(entry["text"] for entry in index["docs"])
    assert "counter.up()" in text
    assert "counted 1" in text
    assert text.count("x^2") == 1
    assert "<svg" not in text
    assert "A line that rises" not in text
    assert not [entry for entry in index["docs"] if entry["location"].startswith("source/")]


# What stops the build: each test breaks one thing.


def broken(tmp_path: Path, *options: str, **changes: str) -> str:
    """Build a book that cannot be built; give what the build says."""
    files = {
        "one": "docs/part1/one.md",
        "two": "docs/part1/two.md",
        "small": "autograd/small.py",
        "yml": "mkdocs.yml",
    }
    done = site_book.build(
        site_book.make(tmp_path, {files[name]: text for name, text in changes.items()}), *options
    )
    assert done.returncode != 0, done.stderr
    return done.stderr


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_failing_block_stops_the_build(tmp_path: Path) -> None:
    one = site_book.ONE.replace("2 + 3", "2 + undefined")
    message = broken(tmp_path, one=one)
    assert f"docs/part1/one.md:{line_of(one, '2 + undefined')}: NameError" in message


def test_a_difference_from_the_expected_output_stops_the_build(tmp_path: Path) -> None:
    one = site_book.ONE.replace('print("a <b>")', 'print("a <c>")')
    assert re.search(r"docs/part1/one\.md:\d+: .*\n(.*\n)*.*-a <b>\n.*\+a <c>", broken(tmp_path, one=one))


def test_an_unknown_name_stops_the_build(tmp_path: Path) -> None:
    two = site_book.TWO.replace("small.Counter.up", "small.Counter.down")
    message = broken(tmp_path, two=two)
    assert f"docs/part1/two.md:{line_of(two, 'Counter.down')}: " in message
    assert "autograd.small.Counter.down" in message


def test_a_line_that_nobody_owns_stops_the_build(tmp_path: Path) -> None:
    message = broken(tmp_path, small=site_book.MODULE + "\n\nEXTRA = 1\n")
    assert re.search(r"autograd/small\.py:22: .*EXTRA = 1", message)


def test_a_line_with_two_owners_stops_the_build(tmp_path: Path) -> None:
    two = site_book.TWO + '\n```{.python source="autograd.small.root"}\n```\n'
    message = broken(tmp_path, two=two)
    assert re.search(r"docs/part1/two\.md:\d+: ", message)
    assert "autograd/small.py" in message


def test_bad_tex_stops_the_build(tmp_path: Path) -> None:
    one = site_book.ONE.replace("\\frac{a}{b}", "\\frac{a}{\\bogus}")
    message = broken(tmp_path, one=one)
    assert f"docs/part1/one.md:{line_of(one, 'bogus')}: Undefined control sequence: \\bogus" in message


def test_bad_tex_in_a_caption_stops_the_build(tmp_path: Path) -> None:
    one = site_book.ONE.replace("$y = x$", "$y = \\bogus$")
    assert f"docs/part1/one.md:{line_of(one, 'bogus')}: in the caption" in broken(tmp_path, one=one)


def test_a_picture_without_words_stops_the_build(tmp_path: Path) -> None:
    one = site_book.ONE.replace('alt="Again." ', "")
    message = broken(tmp_path, one=one)
    assert re.search(rf"docs/part1/one\.md:{line_of(one, 'Once more')}: .*alt", message)


def test_a_link_to_no_page_stops_the_build(tmp_path: Path) -> None:
    message = broken(tmp_path, one=site_book.ONE.replace("two.md#", "three.md#"))
    assert "part1/one.md" in message
    assert "part1/three.md" in message


@pytest.mark.parametrize("options", [(), ("--strict", "--quiet")])
def test_a_link_to_no_anchor_stops_the_build(tmp_path: Path, options: tuple[str, ...]) -> None:
    message = broken(tmp_path, *options, one=site_book.ONE.replace("#figure-1-2", "#figure-1-9"))
    assert "part1/one.md" in message
    assert "#figure-1-9" in message


def test_a_link_in_a_picture_to_no_page_stops_the_build(tmp_path: Path) -> None:
    index = site_book.INDEX.replace("part1/two.md", "part1/three.md")
    done = site_book.build(site_book.make(tmp_path, {"docs/index.md": index}))
    assert done.returncode != 0
    assert "docs/index.md:5: the picture has a link to 'part1/three.md'" in done.stderr


def test_two_entries_for_one_word_stop_the_build(tmp_path: Path) -> None:
    entries = site_book.GLOSSARY + '\nBook { #book data-forms="counter" }\n:   Of accounts.\n'
    done = site_book.build(site_book.make(tmp_path, {"docs/about/glossary.md": entries}))
    assert done.returncode != 0
    assert "docs/about/glossary.md:1: 'counter' calls both #counter and #book" in done.stderr


def test_a_page_outside_of_the_nav_stops_the_build(tmp_path: Path) -> None:
    root = site_book.make(tmp_path, {"docs/lost.md": "# Lost\n"})
    done = site_book.build(root)
    assert done.returncode != 0
    assert "lost.md" in done.stderr


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    one = site_book.ONE.replace("2 + 3", "2 + undefined").replace("\\frac{a}{b}", "\\bogus")
    message = broken(tmp_path, one=one, small=site_book.MODULE + "\n\nEXTRA = 1\n")
    assert "NameError" in message
    assert "bogus" in message
    assert "EXTRA" in message
    assert not (tmp_path / "site" / "index.html").exists()


LAB = """\
# %% [markdown]
# # A lab
#
# With $x^2$ and `$code$`, after [one](../part1/one.md) and [a class](../part1/two.md#autograd.small.Counter).

# %% alt="A line." caption="The line $y = x$."
from autograd.small import Counter
import matplotlib.pyplot as plt

print(Counter().up())
plt.plot([1, 2]);
"""


def with_lab(tmp_path: Path, lab: str) -> tuple[int, str]:
    config = site_book.CONFIG.replace("plugins: [search]\n", "") + "  - Lab: labs/lab.py\n"
    root = site_book.make(tmp_path, {"mkdocs.yml": config, "docs/labs/lab.py": lab})
    done = site_book.build(root)
    return done.returncode, done.stderr


def test_a_lab_is_dressed_as_a_chapter(tmp_path: Path) -> None:
    code, message = with_lab(tmp_path, LAB)
    assert code == 0, message
    shown = page(tmp_path / "site", "labs/lab").select_one("article")
    assert [samp.get_text() for samp in shown.select("samp")] == ["1\n"]
    assert shown.select_one("figure.picture svg.plot desc").get_text() == "A line."
    assert len(shown.select("figure.picture")) == 1
    assert shown.select_one("p .katex") is not None
    assert not shown.select("style, script, .jp-Cell")
    links = [link["href"] for link in shown.select("p a")]
    assert links == ["../../part1/one/", "../../part1/two/#autograd.small.Counter"]
    test_every_link_leads_somewhere(tmp_path / "site")


def test_a_link_from_a_lab_to_nowhere_stops_the_build(tmp_path: Path) -> None:
    code, message = with_lab(tmp_path, LAB.replace("one.md", "none.md"))
    assert code != 0
    assert "docs/labs/lab.py:4: a link to '../part1/none.md'" in message


def test_a_link_from_a_lab_to_no_anchor_stops_the_build(tmp_path: Path) -> None:
    code, message = with_lab(tmp_path, LAB.replace("small.Counter)", "small.Nothing)"))
    assert code != 0
    assert "labs/lab.py" in message
    assert "autograd.small.Nothing" in message


def test_a_failing_lab_stops_the_build(tmp_path: Path) -> None:
    code, message = with_lab(tmp_path, LAB.replace("print(", "print(1 / 0 +"))
    assert code != 0
    assert "docs/labs/lab.py:10: ZeroDivisionError" in message


def test_a_picture_without_words_in_a_lab_stops_the_build(tmp_path: Path) -> None:
    code, message = with_lab(tmp_path, LAB.replace('alt="A line." ', ""))
    assert code != 0
    assert "docs/labs/lab.py:6: a picture needs a text" in message


def test_bad_tex_in_a_lab_stops_the_build(tmp_path: Path) -> None:
    code, message = with_lab(tmp_path, LAB.replace("$x^2$", "$x^$"))
    assert code != 0
    assert "docs/labs/lab.py:4: Expected group after" in message
