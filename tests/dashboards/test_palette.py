"""A category has one style in all charts that share a palette."""

from dashboards.palette import Palette
from dashboards.theme import MAX_SERIES


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
