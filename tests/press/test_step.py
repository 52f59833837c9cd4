"""Step in a real browser: by mouse, by keyboard, by ear; by day, by night and without scripts."""

import json
import re
from collections.abc import Iterator

import pytest
import site_book
from chromium import MARKS, NEEDS_NPM, Quiet, opened
from playwright.sync_api import Browser, Locator, Page, expect

from bench.chromium import served

pytestmark = [*MARKS, NEEDS_NPM]

PAGE = """\
```{.python alt="Before" caption="Before."}
from autograd.grad import ValueNode, draw_dot

a, b = ValueNode(2.0, "a"), ValueNode(3.0, "b")
u = a * b
w = a + b
y = u * w
u.label, y.label = "u", "y"
draw_dot(y)
```

```{.python alt="After" caption="After."}
y.backward()
draw_dot(y, slopes=True)
```

```{.python alt="A third"}
c = ValueNode(2.0, "c")
z = (c * c).relu() * (c - 5.0).relu()
z.backward()
draw_dot(z)
```
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    book = site_book.make_whole(tmp_path_factory.mktemp("book"), PAGE)
    site_book.build_with_run(book)
    with served(book / "site", Quiet) as address:
        yield address


@pytest.fixture
def desk(browser: Browser, host: str) -> Iterator[Page]:
    """The page with the graphs; when the test is done, nothing must have gone wrong on it."""
    with opened(browser, host, "part1/one/", viewport={"width": 1280, "height": 1000}) as page:
        yield page


def unfolded(desk: Page, place: int = 0) -> Locator:
    details = desk.locator("details.step").nth(place)
    details.locator("> summary").click()
    return details


def adjoints(desk: Page, figure: str) -> list[str]:
    """What the boxes of a picture show as `grad`, in the order of the nodes."""
    boxes = desk.locator(f"#{figure} .node.value")
    found = {
        box.get_attribute("data-node") or "": box.locator("text").last.text_content() for box in boxes.all()
    }
    return [str(found[name]) for name in sorted(found)]


def test_it_stands_below_each_graph_that_has_gone_back_and_is_folded(desk: Page) -> None:
    assert desk.locator("figure.picture").count() == 3
    assert desk.locator("details.step").count() == 2
    assert desk.locator("details.step[open]").count() == 0
    assert desk.locator("figure#figure-1-2 + details.step").count() == 1
    assert not desk.locator(".step .player").first.is_visible()
    assert desk.locator("svg.stepping").count() == 0


def test_by_mouse(desk: Page) -> None:
    details = unfolded(desk)
    says = details.locator(".says")
    expect(says).to_have_text("The leaves are given: a = 2.0, b = 3.0.")
    assert desk.locator("#figure-1-2 .node.unknown.value").count() == 3
    details.get_by_role("button", name="Step forward").click()
    expect(says).to_contain_text("u = a * b = 2.0 * 3.0 = 6.0.")
    assert desk.locator("#figure-1-2 .node.unknown.value").count() == 2
    details.get_by_role("button", name="Last step").click()
    expect(says).to_contain_text("hands on to")
    assert adjoints(desk, "figure-1-2") == ["21.0", "16.0", "5.0", "6.0", "1.0"]
    details.get_by_role("button", name="Step back").click()
    details.get_by_role("button", name="First step").click()
    expect(says).to_contain_text("The leaves are given")
    assert adjoints(desk, "figure-1-2") == ["0.0"] * 5


def test_every_step_shows_what_the_table_says(desk: Page) -> None:
    details = unfolded(desk)
    rows = details.locator("tbody tr")
    facts = json.loads(details.locator("script").text_content() or "")
    forward = details.get_by_role("button", name="Step forward")
    for place, fact in enumerate(facts["steps"]):
        cells = rows.nth(place).locator("td").all_text_contents()
        expect(details.locator(".says")).to_have_text(cells[0])
        assert details.locator(".count").text_content() == f"{place} / {len(facts['steps']) - 1}"
        if fact[0] == "hand":
            assert cells[3] == f"{fact[4]} → {fact[5]}"
            assert desk.locator("#figure-1-2 .gets").get_attribute("data-node") == f"n{fact[1]}"
            assert desk.locator("#figure-1-2 .speaks").get_attribute("data-node") == f"n{fact[6]}"
            assert adjoints(desk, "figure-1-2")[fact[1]] == fact[5]
            assert desk.locator("#figure-1-2 .added").text_content() == f"+ {fact[3]}"
            assert desk.locator(f'#figure-1-2 .edge.lit[data-edge="n{fact[1]} n{fact[6]}_op"]').count() == 1
        if fact[0] in {"hand", "start"}:
            lit = details.locator(".source:not([hidden]) .line.lit")
            assert lit.get_attribute("data-n") == str(fact[2])
            assert ".grad += " in (lit.text_content() or "")
        if fact[0] == "make":
            assert "= row(" in (details.locator(".source:not([hidden]) .line.lit").first.text_content() or "")
        if place < len(facts["steps"]) - 1:
            forward.click()
    assert forward.get_attribute("aria-disabled") == "true"


def test_the_formulas_are_those_of_the_chapter(desk: Page) -> None:
    details = unfolded(desk)
    details.get_by_role("button", name="Last step").click()
    sum_, along = details.locator("math").all()
    text = re.sub(r"\s", "", sum_.text_content() or "")
    assert re.fullmatch(r"b‾←b‾\+u‾·∂u∂b=6\.0\+5\.0·2\.0=16\.0", text)
    assert details.locator(".path").text_content() == "Along the path y → u → b:"
    assert re.sub(r"\s", "", along.text_content() or "") == "∂y∂u·∂u∂b=5.0·2.0=10.0"


def test_by_keyboard(desk: Page) -> None:
    summary = desk.locator("details.step > summary").first
    summary.focus()
    desk.keyboard.press("Enter")
    for name in ("First step", "Step back", "Play", "Step forward", "Last step"):
        desk.keyboard.press("Tab")
        assert desk.evaluate("document.activeElement.getAttribute('aria-label')") == name
        assert desk.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    desk.keyboard.press("Tab")
    slider = desk.locator("details.step").first.get_by_role("slider", name="Step")
    expect(slider).to_be_focused()
    count = desk.locator("details.step .count").first
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowRight")
    expect(count).to_have_text("2 / 10")
    expect(slider).to_have_attribute("aria-valuetext", "2 of 10")
    desk.keyboard.press("ArrowLeft")
    expect(count).to_have_text("1 / 10")
    desk.keyboard.press("End")
    expect(count).to_have_text("10 / 10")
    desk.keyboard.press("Home")
    expect(count).to_have_text("0 / 10")
    above = desk.evaluate("scrollY")
    desk.keyboard.press("Space")
    expect(desk.get_by_role("button", name="Pause")).to_be_visible()
    desk.keyboard.press("Space")
    expect(desk.get_by_role("button", name="Pause")).to_have_count(0)
    assert desk.evaluate("scrollY") == above


def test_it_plays_to_the_end_and_a_voice_is_not_hurried(desk: Page) -> None:
    desk.clock.install()
    desk.reload(wait_until="networkidle")
    details = unfolded(desk)
    says = details.locator(".says")
    expect(says).to_have_attribute("aria-live", "polite")
    details.get_by_role("button", name="Play").click()
    expect(says).to_have_attribute("aria-live", "off")
    desk.clock.run_for(60_000)
    expect(details.locator(".count")).to_have_text("10 / 10")
    expect(says).to_have_attribute("aria-live", "polite")
    expect(details.get_by_role("button", name="Play")).to_be_visible()


def test_closed_again_the_picture_is_as_it_was(desk: Page) -> None:
    figure = desk.locator("figure#figure-1-2")
    shown = "e => [e.textContent, e.querySelectorAll('.unknown, .lit, .gets, .speaks, .stepping').length]"
    before = figure.evaluate(shown)
    details = unfolded(desk)
    details.get_by_role("button", name="Step forward").click()
    assert figure.evaluate(shown) != before
    details.locator("> summary").click()
    desk.locator("svg.stepping").wait_for(state="detached")
    assert figure.evaluate(shown) == before


def test_a_node_that_hands_nothing_on_and_names_that_the_picture_lacks(desk: Page) -> None:
    details = unfolded(desk, 1)
    facts = json.loads(details.locator("script").text_content() or "")
    over = next(place for place, fact in enumerate(facts["steps"]) if fact[0] == "over")
    for _ in range(over):
        details.get_by_role("button", name="Step forward").click()
    expect(details.locator(".says")).to_contain_text("has the adjoint 0.0 and hands nothing on")
    expect(details.locator(".source:not([hidden]) .line.lit")).to_contain_text("continue")
    names = desk.locator(".step-marks .name").all_text_contents()
    assert len(names) == sum(not node[1] for node in facts["nodes"])
    assert all(re.fullmatch(r"v\d+", name) for name in names)


def test_a_new_picture_that_shows_the_same_is_followed_another_is_not(desk: Page) -> None:
    details = unfolded(desk)
    renew = """([figure, value]) => {
      const old = document.getElementById(figure), fresh = old.cloneNode(true);
      for (const e of fresh.querySelectorAll("[class]")) e.classList.remove("stepping", "unknown", "lit");
      fresh.querySelector(".step-marks").remove();
      const texts = [...fresh.querySelectorAll('[data-node="n4"] text')];
      ["1.0", value].forEach((text, place) => { texts.at(-1 - 2 * place).textContent = text; });
      [["n0", "21.0"], ["n1", "16.0"], ["n2", "5.0"], ["n3", "6.0"]].forEach(([node, text]) => {
        [...fresh.querySelectorAll(`[data-node="${node}"] text`)].at(-1).textContent = text;
      });
      old.replaceWith(fresh);
    }"""
    desk.evaluate(renew, ["figure-1-2", "30.0"])
    expect(details).to_be_visible()
    details.get_by_role("button", name="Last step").click()
    assert desk.locator("#figure-1-2 .gets").count() == 1
    desk.evaluate(renew, ["figure-1-2", "31.0"])
    expect(details).to_be_hidden()


def test_who_wants_no_motion_gets_none(browser: Browser, host: str) -> None:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 390, "height": 800})
    desk = context.new_page()
    desk.goto(f"{host}part1/one/", wait_until="networkidle")
    details = unfolded(desk)
    details.get_by_role("button", name="Last step").click()
    moving = "e => parseFloat(getComputedStyle(e).transitionDuration)"
    assert desk.locator("#figure-1-2 .node").first.evaluate(moving) == 0.0
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_and_fits_a_phone(browser: Browser, host: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800})  # type: ignore[arg-type]
    desk = context.new_page()
    desk.goto(f"{host}part1/one/", wait_until="networkidle")
    details = unfolded(desk)
    details.get_by_role("button", name="Last step").click()
    assert desk.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    faint = desk.evaluate(FAINT)
    assert faint == []
    context.close()


# Each text of the open player with less contrast than 4.5 to its ground.
FAINT = """() => {
  const rgb = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (/^rgb\\(/.test(colour)) return rgb(colour);
    }
    return [255, 255, 255];
  };
  const texts = ".step .player :is(.count, .says, .says var, math, .path, a, span, button)";
  return [...document.querySelectorAll(texts)]
    .filter(e => e.checkVisibility() && e.getAttribute("aria-disabled") !== "true")
    .map(e => {
      const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
      return [e.outerHTML.slice(0, 80), (a + 0.05) / (b + 0.05)];
    })
    .filter(([, contrast]) => contrast < 4.5);
}"""


def test_without_scripts_the_table_says_it_all(browser: Browser, host: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    desk = context.new_page()
    desk.goto(f"{host}part1/one/")
    details = unfolded(desk)
    table = details.get_by_role("table", name="Steps of Figure 1.2")
    expect(table).to_be_visible()
    expect(table.get_by_role("row")).to_have_count(12)
    expect(table).to_contain_text("The adjoint of b goes from 6.0 to 16.0.")
    link = table.get_by_role("link", name="grad.py").last
    assert "/part1/two/#autograd.grad" in str(link.evaluate("e => e.href"))
    context.close()
