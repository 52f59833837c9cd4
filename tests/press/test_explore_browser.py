"""Explore in a real browser: sliders by keyboard, a training that can be paused, and what is left without."""

import re
import runpy
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import site_book
from chromium import BELOW, MARKS, NEEDS_NPM, PHONE, STARTING, Quiet, opened
from playwright.sync_api import Browser, Locator, Page, expect

from bench.chromium import served
from literate import explore

pytestmark = [*MARKS, NEEDS_NPM]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small book with the three pictures, under a path, on a plain host."""
    fences = "".join(
        f'\n```{{.explore picture="{name}" caption="See." look="Look."}}\n```\n'
        for name in ("difference", "neuron", "moons")
    )
    program = "```python\nfrom autograd import sin\n\nprint(sin(0.0))\n```\n"
    book = site_book.make_whole(tmp_path_factory.mktemp("book"), f"{program}\nText.\n{fences}")
    root = tmp_path_factory.mktemp("served")
    site_book.build_with_run(book, "--site-dir", str(root / BELOW))
    with served(root, Quiet) as address:
        yield f"{address}{BELOW}/"


def reading(browser: Browser, host: str, **options: Any) -> AbstractContextManager[Page]:
    return opened(browser, host, "part1/one/", **options)


@pytest.fixture(scope="module")
def reader(browser: Browser, host: str) -> Iterator[Page]:
    """A reader who has taken hold of the first two pictures, and has the third one pausing."""
    with reading(browser, host) as page:
        for name in ("difference", "neuron", "moons"):
            take(page, name)
        figure(page, "moons").get_by_role("button", name="Pause").click()
        yield page


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"#explore-{name}")


def take(page: Page, name: str) -> None:
    """Press the one button of a picture, and wait for its sliders."""
    figure(page, name).locator(".controls button").click()
    expect(figure(page, name).locator("input").first).to_be_visible(timeout=STARTING)


def native(name: str) -> dict[str, Any]:
    return runpy.run_path(str(site_book.ROOT / explore.FOLDER / f"{name}.py"))


def values(names: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {control["name"]: control["value"] for control in names["CONTROLS"]} | changes


def cells(page: Page, name: str) -> list[list[str]]:
    rows = figure(page, name).locator("table tr").all()
    return [row.locator("th, td").all_text_contents() for row in rows]


def shown(view: dict[str, Any]) -> list[list[str]]:
    return [row[1:] for row in view["table"]]


def press(page: Page, name: str, label: str, key: str, times: int) -> Locator:
    slider = figure(page, name).get_by_role("slider", name=label)
    slider.focus()
    for _ in range(times):
        page.keyboard.press(key)
    return slider


def epoch(page: Page) -> int:
    return int(cells(page, "moons")[1][0])


def test_nothing_heavy_comes_before_it_is_asked_for(browser: Browser, host: str) -> None:
    with reading(browser, host) as page:
        names = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
        assert [name for name in names if "explore-" in name]
        assert not [name for name in names if re.search("pyodide|/worker-|/hold-|viz", name)]
        assert "explore-" not in page.request.get(f"{host}part1/two/").text()


def test_the_step_by_keyboard(reader: Page) -> None:
    names = native("difference")
    before = figure(reader, "difference").locator(".panel").first.inner_html()
    slider = press(reader, "difference", "Step h", "Home", 1)
    expect(slider).to_have_attribute("aria-valuetext", "h = 2.2e-16")
    assert figure(reader, "difference").locator(".panel").first.inner_html() != before
    press(reader, "difference", "Step h", "End", 1)
    press(reader, "difference", "Step h", "ArrowLeft", 10)
    expect(slider).to_have_attribute("aria-valuetext", "h = 9.8e-04")
    ours = shown(names["view"](values(names, k=-10)))
    for here, there in zip(cells(reader, "difference")[1:], ours[1:], strict=True):
        assert here[0] == there[0]
        assert float(here[1]) == pytest.approx(
            float(there[1]), abs=1e-12
        )  # their sines differ in the last bit
        assert here[2] == there[2]
    status = figure(reader, "difference").get_by_role("status")
    expect(status).to_contain_text("Step 9.8e-04: forward is off by")


def test_the_neuron_by_keyboard_and_back(reader: Page) -> None:
    names = native("neuron")
    press(reader, "neuron", "Bias b", "ArrowLeft", 15)
    figure(reader, "neuron").get_by_role("combobox", name="Activation").select_option("relu")
    expect(figure(reader, "neuron").locator("tr").last).to_contain_text("0.0000")
    assert cells(reader, "neuron") == shown(names["view"](values(names, b=-2.0, bend="relu")))
    assert {row[2] for row in cells(reader, "neuron")[1:-1]} == {"0.0000"}  # the dot lies on the flat side
    figure(reader, "neuron").get_by_role("button", name="Reset").click()
    expect(figure(reader, "neuron").locator("tr").last).to_contain_text("0.6351")
    assert cells(reader, "neuron") == shown(names["view"](values(names)))


def test_the_training_goes_on_pauses_and_begins_again(reader: Page) -> None:
    moons, names = figure(reader, "moons"), native("moons")
    moons.get_by_role("button", name="Again").click()
    expect(moons.locator("tbody td").first).to_have_text("0")
    first = float(cells(reader, "moons")[1][1])
    moons.get_by_role("button", name="Start").click()
    expect(moons.locator("tbody td").first).to_have_text(re.compile(r"\d\d"), timeout=STARTING)
    moons.get_by_role("button", name="Pause").click()
    reader.wait_for_timeout(500)
    rest = epoch(reader)
    reader.wait_for_timeout(700)
    assert epoch(reader) == rest
    assert float(cells(reader, "moons")[1][1]) < first / 2
    moons.get_by_role("button", name="Again").click()
    expect(moons.locator("tbody td").first).to_have_text("0")
    for _ in range(4):
        moons.get_by_role("button", name="Step").click()
    expect(moons.locator("tbody td").first).to_have_text("4")
    for _ in range(4):
        names["move"](values(names))
    assert cells(reader, "moons") == shown(names["view"](values(names)))
    press(reader, "moons", "Neurons", "ArrowLeft", 14)
    expect(moons.locator("tbody td").last).to_have_text("15")
    assert epoch(reader) == 0


def test_run_and_the_pictures_share_one_python_and_leave_each_other_alone(reader: Page) -> None:
    program = reader.locator(".program[data-program]")
    program.get_by_role("button", name="Run").click()
    expect(program.locator(".state")).to_contain_text("Ran here", timeout=STARTING)
    slider = press(reader, "neuron", "Bias b", "ArrowRight", 3)
    expect(slider).to_have_attribute("aria-valuetext", "-0.2")
    before = epoch(reader)
    figure(reader, "moons").get_by_role("button", name="Step").click()
    expect(figure(reader, "moons").locator("tbody td").first).to_have_text(str(before + 1))
    assert (
        reader.evaluate(
            "performance.getEntriesByType('resource').filter((e) => /worker-/.test(e.name)).length"
        )
        <= 1
    )


def test_after_a_stop_the_pictures_begin_anew(reader: Page) -> None:
    program = reader.locator(".program[data-program]")
    program.get_by_role("button", name="Edit").click()
    program.locator(".cm-content").focus()
    reader.keyboard.press("Control+a")
    reader.keyboard.insert_text("while True:\n    pass")
    program.get_by_role("button", name="Run").click()
    expect(program.locator(".state")).to_have_text("Running…", timeout=STARTING)
    press(reader, "difference", "Step h", "Home", 1)
    program.get_by_role("button", name="Stop").click()
    expect(figure(reader, "difference").locator(".state")).to_contain_text("Stopped.", timeout=STARTING)
    slider = press(reader, "difference", "Step h", "End", 1)
    expect(slider).to_have_attribute("aria-valuetext", "h = 1.0e+00", timeout=STARTING)
    expect(figure(reader, "difference").locator(".state")).to_be_hidden()


def test_where_motion_is_not_wanted_nothing_moves_by_itself(browser: Browser, host: str) -> None:
    with reading(browser, host, reduced_motion="reduce", viewport=PHONE, color_scheme="dark") as page:
        take(page, "moons")
        page.wait_for_timeout(500)
        assert epoch(page) == 0
        assert figure(page, "moons").get_by_role("button", name="Start").count() == 0
        figure(page, "moons").get_by_role("button", name="Ten steps").click()
        expect(figure(page, "moons").locator("tbody td").first).to_have_text("10", timeout=STARTING)
        for name in ("difference", "neuron"):
            take(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        for name in ("difference", "neuron", "moons"):  # the sliders are in sight together with the picture
            figure(page, name).evaluate(
                "it => window.scrollTo(0, it.getBoundingClientRect().top + scrollY - 60)"
            )
            box = figure(page, name).locator(".controls").bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= PHONE["height"] + 1


def test_without_scripts_the_pictures_stand_and_nothing_asks_to_be_pressed(
    browser: Browser, host: str
) -> None:
    with reading(browser, host, java_script_enabled=False) as page:
        for name in ("difference", "neuron", "moons"):
            assert figure(page, name).locator(".panel svg[role=img]").first.is_visible()
            assert figure(page, name).locator("table").is_visible()
            assert not figure(page, name).locator(".controls").is_visible()
            assert not figure(page, name).locator(".look").is_visible()
