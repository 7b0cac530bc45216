"""The language of the files that people read, for the engine, which knows English alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from dashboards.messages import UNITS
from optilearn.analytics.presenting.looks import locale
from optilearn.analytics.presenting.results import readers_column
from optilearn.analytics.refusal_words import in_readers_language, is_english
from reports.api import Catalog, Wording
from reports.contracts import Column


def wording_of(language: str, catalog: Catalog) -> Wording:
    """Return the words of a language, with the labels of a catalog.

    They are of that language whichever one is in force when the file is written.
    """
    with translation.override(language):
        if is_english():
            return Wording()

    def label(column: Column, definition: Mapping[str, Any]) -> Column:
        with translation.override(language):
            return _with_unit(readers_column(column, definition, catalog))

    return Wording(language, _in(language, gettext), _in(language, in_readers_language), label)


def _in(language: str, say: Callable[[str], str]) -> Callable[[str], str]:
    def said(text: str) -> str:
        with translation.override(language):
            return say(text) if text else ""

    return said


def _with_unit(column: Column) -> Column:
    unit = UNITS.get(column.unit or "")
    return column if unit is None else replace(column, unit=unit.in_(locale()))
