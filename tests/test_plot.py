"""Plots: what stands in the picture and where, and what is refused."""

import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.contour import contour, grid, region, rounds
from autograd.grad import ValueNode
from autograd.plot import Axis, Panels, Plot
from autograd.scale import Scale
from autograd.svg import COLOURS, bends, off, short, tag

SVG = "{http://www.w3.org/2000/svg}"


def drawn(plot: Plot | Panels) -> ET.Element:
    return ET.fromstring(plot._repr_svg_())


def window(plot: Plot) -> ET.Element:
    """What is drawn between the axes."""
    found = drawn(plot).find(f".//{SVG}svg")
    assert found is not None
    return found


def size(element: ET.Element) -> tuple[float, float]:
    return float(element.get("width", "")), float(element.get("height", ""))


def spots(path: ET.Element) -> list[tuple[float, float]]:
    """The places to which a path goes."""
    found = []
    for piece in re.findall(r"M([^M]*)", path.get("d", "")):
        x, y = (float(number) for number in re.findall(r"-?[\d.]+", piece)[:2])
        found.append((x, y))
        for way, first, second in re.findall(r"([hvl])(-?[\d.]+) ?(-?[\d.]+)?", piece):
            right, down = (0, first) if way == "v" else (first, second or 0)
            x, y = round(x + float(right), 1), round(y + float(down), 1)
            found.append((x, y))
    return found


def texts(plot: Plot | Panels) -> list[str]:
    return [text.text or "" for text in drawn(plot).iter(f"{SVG}text")]


def labels(low: float, high: float, most: int = 6, log: bool = False) -> list[str]:
    return list(Scale(Axis(limits=(low, high), log=log), []).ticks(most).values())


UNIT = Axis(limits=(0, 1))


# Where things stand


def test_a_line_goes_from_corner_to_corner():
    inside = window(Plot(UNIT, UNIT).line([0, 1], [0, 1]))
    wide, high = size(inside)
    assert spots(inside[0]) == [(0, high), (wide, 0)]


def test_on_a_logarithmic_axis_equal_factors_are_equal_ways():
    axis = Axis(limits=(1, 100), log=True)
    inside = window(Plot(axis, UNIT).line([1, 10, 100], [0, 1, 0]))
    wide, _ = size(inside)
    assert [x for x, _ in spots(inside[0])] == pytest.approx([0, wide / 2, wide], abs=0.06)


def test_without_limits_everything_is_seen_with_room_around_it():
    inside = window(Plot().line([-3, 8], [2, 5]).points([20], [-1]))
    wide, high = size(inside)
    for x, y in (*spots(inside[0]), *spots(inside[1])):
        assert 0 < x < wide
        assert 0 < y < high


def test_numbers_alone_stand_over_0_1_2():
    assert drawn(Plot().line([5, 7, 6])).find(f".//{SVG}svg/{SVG}path").attrib == (
        drawn(Plot().line([0, 1, 2], [5, 7, 6])).find(f".//{SVG}svg/{SVG}path").attrib
    )


def test_a_node_is_drawn_at_its_value():
    nodes = [ValueNode(1.0), ValueNode(4.0)]
    assert Plot().line(nodes)._repr_svg_() == Plot().line([1, 4])._repr_svg_()


def test_equal_units_make_a_circle_round():
    inside = window(Plot(Axis(limits=(-2, 2)), Axis(limits=(-1, 1)), equal=True).points([0], [0]))
    wide, high = size(inside)
    assert wide / high == pytest.approx(2, rel=0.01)


def test_a_guide_goes_out_of_sight_and_makes_no_axis_longer():
    plain, guided = Plot().line([1, 2]), Plot().line([1, 2]).across(1.5).upright(0.5)
    assert texts(plain) == texts(guided)
    (left, y), (right, same) = spots(window(guided)[1])
    wide, _ = size(window(guided))
    assert left < 0 < wide < right
    assert y == same


def test_an_arrow_ends_where_it_points():
    inside = window(Plot(UNIT, UNIT).arrow((0, 0), (1, 1)))
    wide, _ = size(inside)
    assert spots(inside[0])[-1] == spots(inside[1])[1] == (wide, 0)


def test_text_is_escaped():
    assert "a < b & c" in texts(Plot(UNIT, UNIT, title="a < b & c"))


# Colours, labels, panels


def test_lines_take_colours_in_turn_and_a_named_one_takes_no_turn():
    plot = Plot().line([1, 2]).line([2, 3], colour="ink").line([3, 4])
    strokes = [path.get("stroke") for path in window(plot)]
    assert strokes == [COLOURS["blue"], "currentColor", COLOURS["ochre"]]


def test_a_label_of_two_panels_stands_once_in_the_legend():
    plots = [Plot(width=200).line([1, 2], label="loss").line([2, 1]) for _ in range(2)]
    assert texts(Panels(*plots)).count("loss") == 1


def test_a_legend_breaks_where_the_picture_ends():
    plot = Plot(width=200)
    for name in ("a long name of a line", "another name"):
        plot.line([1, 2], label=name)
    places = {t.text: float(t.get("y", "")) for t in drawn(plot).iter(f"{SVG}text") if " " in (t.text or "")}
    assert len(set(places.values())) == 2


def test_panels_stand_in_rows():
    plots = [Plot(width=100, height=80).line([1, 2]) for _ in range(3)]
    assert drawn(Panels(*plots)).get("viewBox") == "0 0 300 80"
    assert drawn(Panels(*plots, columns=2)).get("viewBox") == "0 0 200 160"


def test_a_bare_plot_has_no_ticks():
    assert texts(Plot(bare=True).line([1, 2])) == []


def test_every_method_gives_the_plot_back():
    plot = Plot()
    line = plot.line([1, 2]).points([1, 2]).area([0, 1, 1], [0, 0, 1]).text(0, 0, "here")
    assert line.across(1).upright(1).arrow((0, 0), (1, 1)) is plot


# Ticks


def test_ticks_are_round_numbers_written_short():
    assert labels(0, 1) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert labels(-2.4, 3.1) == ["−2", "−1", "0", "1", "2", "3"]
    assert labels(0.0013, 0.0014) == ["0.00130", "0.00132", "0.00134", "0.00136", "0.00138", "0.00140"]
    assert labels(0, 3e-6, most=3) == ["0", "10⁻⁶", "2·10⁻⁶", "3·10⁻⁶"]


def test_powers_of_ten_are_left_out_where_there_is_no_room():
    assert labels(1e-16, 10, log=True) == ["10⁻¹⁵", "10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰"]


def test_where_hardly_a_power_of_ten_fits_2_and_5_times_powers_stand_too():
    assert labels(1, 60, log=True) == ["1", "2", "5", "10", "20", "50"]


def test_ticks_that_are_asked_for_are_there_if_they_are_in_sight():
    scale = Scale(Axis(limits=(0, 4), ticks={1: "one", 4: "four", 9: "nine"}), [])
    assert scale.ticks(1) == {1: "one", 4: "four"}
    assert Scale(Axis(limits=(0, 4), ticks=[-1, 0.5, 2]), []).ticks(1) == {0.5: "0.5", 2: "2"}


@pytest.mark.parametrize("exponent", range(-12, 13, 3))
def test_there_are_no_more_ticks_than_asked_for_and_not_many_fewer(exponent):
    for share in (1, 1.7, 3.3, 7.9):
        assert 2 <= len(labels(0, share * 10.0**exponent, most=5)) <= 6


# Heights


def circle(x: float, y: float) -> float:
    return 1 - x * x - y * y


STEPS = [-1.5 + k / 20 for k in range(61)]


def area(corners: list[tuple[float, float]]) -> float:
    """By Gauss's formula; above 0 for a walk against the clock."""
    return sum(a * d - c * b for (a, b), (c, d) in pairwise([*corners, corners[0]])) / 2


def test_a_contour_lies_on_its_level():
    cells = grid(circle, STEPS, STEPS)
    for level in (0.0, 0.5):
        ends = [end for piece in contour(cells, level) for end in piece]
        assert len(ends) > 100
        assert max(abs(circle(*end) - level) for end in ends) < 2e-3


def test_a_contour_is_as_long_as_it_should_be():
    [line] = contour(grid(circle, STEPS, STEPS))
    assert line[0] == line[-1]
    assert length(line) == pytest.approx(math.tau, rel=2e-3)


def length(line):
    return sum(math.dist(a, b) for a, b in pairwise(line))


def test_a_contour_that_leaves_the_picture_is_open():
    steps = [i / 4 for i in range(5)]
    [line] = contour(grid(lambda x, y: y - x * x, steps, steps), 0.01)
    assert line[0] != line[-1]
    assert sorted(line) in (line, line[::-1])


def test_contours_that_meet_no_other_stay_apart():
    lines = contour(grid(lambda x, y: abs(x) - 0.55, STEPS, STEPS))
    assert sorted({round(x, 9) for x, _ in line} for line in lines) == [{-0.55}, {0.55}]


def test_a_line_keeps_its_bends_and_nothing_else():
    flat = [(float(i), 0.04 * (i % 2)) for i in range(50)]
    assert bends(flat) == [flat[0], flat[-1]]
    corner = [*flat[:20], (19.0, 5.0), (19.0, 9.0)]
    assert bends(corner) == [(0.0, 0.0), corner[19], (19.0, 9.0)]
    there_and_back = [(0.0, 0.0), (3.0, 0.0), (0.0, 0.0)]
    assert bends(there_and_back) == there_and_back


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 300)), min_size=1, max_size=40))
def test_no_spot_is_further_from_the_line_that_is_drawn(spots):
    drawn = bends(spots)
    assert drawn[0] == spots[0]
    assert drawn[-1] == spots[-1]
    for spot in spots:
        assert spot in drawn or min(off(spot, a, b) for a, b in pairwise(drawn)) <= 0.1


def test_the_regions_fill_the_whole_and_no_place_twice():
    cells = grid(circle, STEPS, STEPS)
    inside = sum(map(area, region(cells, 1)))
    outside = sum(map(area, region(cells, -1)))
    assert inside == pytest.approx(math.pi, rel=2e-3)
    assert inside + outside == pytest.approx(9)


def test_an_outline_is_walked_once_and_the_other_way_round_a_hole():
    cells = grid(circle, STEPS, STEPS)
    [disc] = region(cells, 1)
    assert disc[0] == disc[-1]
    assert length(disc) == pytest.approx(math.tau, rel=2e-3)
    around, hole = sorted(region(cells, -1), key=area, reverse=True)
    assert area(around) == pytest.approx(9)
    assert area(hole) == pytest.approx(-math.pi, rel=2e-3)


def test_squares_that_touch_in_a_corner_are_walked_each_once():
    one = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    other = [(x + 1.0, y + 1.0) for x, y in one]
    sides = [side for square in (one, other) for side in pairwise([*square, square[0]])]
    walks = rounds(sides)
    assert sum(map(area, walks)) == 2
    assert sorted(side for walk in walks for side in pairwise(walk)) == sorted(sides)


def test_a_field_gives_its_limits_to_axes_without():
    plot = Plot(UNIT).field(circle, (-2, 2), (-1, 1), cells=4)
    assert plot.x.limits == (0, 1)
    plot = Plot().field(circle, (-2, 2), (-1, 1), cells=4)
    assert (plot.x.limits, plot.y.limits) == ((-2, 2), (-1, 1))


def test_a_field_is_tinted_where_it_is_asked_for():
    both = window(Plot().field(circle, (-2, 2), (-2, 2), cells=9))
    assert [path.get("fill") for path in both] == [COLOURS["blue"], COLOURS["ochre"], "none"]
    one = window(Plot().field(circle, (-2, 2), (-2, 2), tints=("", "pink"), levels=(), cells=9))
    assert [path.get("fill") for path in one] == [COLOURS["pink"]]


# What is refused


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_only_finite_numbers_are_drawn(value):
    with pytest.raises(ValueError, match=f"finite numbers, and there is {value}: leave it out"):
        Plot().line([1.0, value])


def test_as_many_of_one_coordinate_as_of_the_other():
    with pytest.raises(ValueError, match="3 first and 2 second coordinates"):
        Plot().points([1, 2, 3], [1, 2])


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"colour": "red"}, "no colour is called 'red'; there is blue, ochre"),
        ({"style": "wavy"}, "no style is called 'wavy'; there is solid, dashed, dotted"),
        ({"mark": "star"}, "no mark is called 'star'; there is dot, square"),
    ],
)
def test_a_misspelt_name_brings_the_list_of_names(look, message):
    with pytest.raises(ValueError, match=message):
        Plot().line([1, 2], **look)


def test_an_anchor_is_a_start_a_middle_or_an_end():
    with pytest.raises(ValueError, match="no anchor is called 'left'; there is start, middle, end"):
        Plot().text(0, 0, "here", anchor="left")


def test_a_logarithmic_axis_refuses_0():
    plot = Plot("x", Axis("loss", log=True)).line([1.0, 0.0])
    with pytest.raises(ValueError, match=re.escape("numbers above 0, and there is 0.0: leave it out")):
        plot._repr_svg_()


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, math.inf)])
def test_an_axis_has_two_finite_ends_in_order(limits):
    with pytest.raises(ValueError, match="an axis rises between finite numbers, not from"):
        Plot(Axis(limits=limits)).line([1, 2])._repr_svg_()


def test_panels_need_a_plot():
    with pytest.raises(ValueError, match="give at least one"):
        Panels()


# Words of SVG


def test_a_tag_leaves_out_what_is_none_and_escapes_the_rest():
    assert tag("path", stroke_width=2, fill=None, d='"') == '<path stroke-width="2" d="&quot;"></path>'


def test_places_far_out_of_sight_stay_numbers():
    assert [short(x) for x in (math.inf, -math.inf, 1.26, -0.01)] == ["10000", "-10000", "1.3", "0"]


def test_drawing_loads_nothing_but_the_standard_library():
    loads = (
        "import sys; from autograd.plot import Plot; Plot().line([1, 2])._repr_svg_(); print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "graphviz"} & set(run.stdout.split())


def test_a_picture_can_be_saved(tmp_path):
    Panels(Plot("übrig").line([1, 2])).save(tmp_path / "plot.svg")
    assert ET.parse(tmp_path / "plot.svg").getroot().tag == f"{SVG}svg"
