"""A category has one style in all charts that share a palette."""

import re
from importlib import resources

from dashboards.palette import Palette
from dashboards.theme import LIGHT, MAX_SERIES


def test_names_keep_their_styles() -> None:
    palette = Palette()
    assert palette.styles(["a", "b", "c"]) == [0, 1, 2]
    assert palette.styles(["c", "d", "a"]) == [2, 3, 0]


def test_one_chart_has_no_style_twice_while_there_are_free_ones() -> None:
    palette = Palette()
    palette.styles([f"x{n}" for n in range(MAX_SERIES)])
    first, second = palette.styles(["x0", "new"])
    assert first != second
    many = palette.styles([f"y{n}" for n in range(MAX_SERIES)])
    assert len(set(many)) == MAX_SERIES


def test_a_page_sends_its_styles_back() -> None:
    palette = Palette.of({"b": 0, "a": 3, "wrong": 8, "none": "1", "part": 1.0})
    assert palette.styles(["a", "b", "new"]) == [3, 0, 2]
    for nonsense in (None, [], "a", {str(n): 0 for n in range(2_000)}):
        assert Palette.of(nonsense).styles(["x"]) == [0]


def test_paper_has_the_colors_of_pages() -> None:
    template = (resources.files("reports.export.pdf") / "template.typ").read_text(encoding="utf-8")
    colors = re.search(r"#let colours = \((.*?)\)", template)
    assert colors is not None
    assert tuple(re.findall(r"#[0-9a-f]{6}", colors[1])) == LIGHT.series
