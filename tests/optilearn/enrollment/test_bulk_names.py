"""Names with commas in lists of students."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from optilearn.enrollment.services.bulk_text import from_csv, from_paste

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Li, Lena <lena@x.org>", ["lena@x.org"]),
        ('"Li, Lena" <lena@x.org>, "Bo, Sven" <sven@x.org>', ["lena@x.org", "sven@x.org"]),
        ("Li, Lena <lena@x.org>; Bo, Sven <sven@x.org>", ["lena@x.org", "sven@x.org"]),
        ("Li, Lena <lena@x.org>, Sven <sven@x.org>, S7", ["lena@x.org", "sven@x.org", "S7"]),
        ("S7, Lena <lena@x.org>", ["S7", "lena@x.org"]),
        ("a@x.org, Lena <lena@x.org>", ["a@x.org", "lena@x.org"]),
        ("one, two, Lena <lena@x.org>", ["one", "two", "lena@x.org"]),
        ("one, <lena@x.org>", ["one", "lena@x.org"]),
        ("one,two\tthree;four", ["one", "two", "three", "four"]),
    ],
)
def test_a_comma_in_a_name_separates_nothing(text: str, expected: list[str]) -> None:
    assert [entry.text for entry in from_paste(text)] == expected


def test_a_comma_in_an_only_column_separates_nothing() -> None:
    assert [one.text for one in from_csv("E-mail\nLi, Lena <lena@x.org>\n", UTC)] == ["lena@x.org"]
