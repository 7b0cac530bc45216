"""Colors that can be seen and told apart, and words in both languages."""

from __future__ import annotations

import math
import string
from itertools import combinations

import pytest

from dashboards.messages import BUCKETS, LOCALES, MONTHS, UNITS, WEEKDAYS, Message
from dashboards.theme import (
    DASHES,
    MAX_SERIES,
    PATTERNS,
    SYMBOLS,
    THEMES,
    Theme,
    contrast,
    on_ramp,
    readable,
    template,
)

Matrix = tuple[tuple[float, float, float], ...]
SIGHTS: dict[str, Matrix] = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""

both = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def lab(color: str, sight: Matrix) -> tuple[float, float, float]:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    r, g, b = (
        min(1.0, max(0.0, sum(m * c for m, c in zip(row, linear, strict=True)))) for row in sight
    )
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@both
def test_every_series_stands_out_from_the_ground(theme: Theme) -> None:
    assert len(theme.series) == len(set(theme.series)) == MAX_SERIES
    assert all(contrast(color, theme.ground) >= 3 for color in (*theme.series, theme.goal))


@both
def test_texts_can_be_read(theme: Theme) -> None:
    assert contrast(theme.ink, theme.ground) >= 7
    assert contrast(theme.muted, theme.ground) >= 4.5
    assert contrast(theme.goal, theme.ground) >= 4.5
    for step in range(101):
        under = on_ramp(theme, step / 100)
        assert contrast(readable(under), under) >= 4.5


@both
@pytest.mark.parametrize("sight", SIGHTS)
def test_series_stay_apart_for_every_sight(theme: Theme, sight: str) -> None:
    seen = [lab(color, SIGHTS[sight]) for color in theme.series]
    assert min(math.dist(a, b) for a, b in combinations(seen, 2)) > 15


@both
def test_the_ramp_runs_one_way(theme: Theme) -> None:
    light = [lab(color, SIGHTS["full"])[0] for color in theme.ramp]
    assert light == sorted(light, reverse=theme.name == "light")


def test_no_series_is_distinguished_by_its_color_alone() -> None:
    assert len(set(PATTERNS)) == MAX_SERIES
    assert len(set(SYMBOLS)) == MAX_SERIES
    assert len(set(zip(DASHES, SYMBOLS, strict=True))) == MAX_SERIES


@both
def test_the_template_fetches_nothing(theme: Theme) -> None:
    text = repr(template(theme))
    assert "http" not in text
    assert "system-ui" in text


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_every_message_with_the_same_words() -> None:
    assert LOCALES == ("en", "hi")
    for message in Message:
        texts = [message.text.in_(locale) for locale in LOCALES]
        assert all(texts), message
        assert fields(texts[0]) == fields(texts[1]), message


def test_both_languages_have_the_same_names() -> None:
    assert all(text.en and text.hi for text in (*BUCKETS.values(), *UNITS.values()))
    assert {len(MONTHS[locale]) for locale in LOCALES} == {12}
    assert {len(WEEKDAYS[locale]) for locale in LOCALES} == {7}
