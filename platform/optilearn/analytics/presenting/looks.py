"""The choices of a reader that change how an answer looks, and none of its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from dashboards.messages import Locale
from dashboards.palette import Palette
from dashboards.theme import ThemeName


@dataclass(frozen=True)
class Look:
    """Without ``chart``, the definition's or the best one is drawn.

    ``palette`` has the colors that other charts of the page gave to categories.
    """

    chart: Mapping[str, Any] | None = None
    theme: ThemeName = "light"
    palette: Palette | None = None


def locale() -> Locale:
    """The reader's language, of those that charts speak."""
    return "hi" if (get_language() or "en").startswith("hi") else "en"
