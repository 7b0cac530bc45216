"""Reading the constants that a definition compares with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from reports.catalog.model import FieldType
from reports.language.problems import shown
from reports.language.report import Constant

MAX_TEXT = 1_000
_MAX_NUMBER = 10**18


class BadValue(ValueError):  # noqa: N818 - reads as the state it reports
    """The value doesn't fit; the message says what would."""


def constant(value: object, kind: FieldType) -> Constant:
    """``value`` as a constant of the type ``kind``.

    Raises :class:`BadValue`.
    """
    if kind is FieldType.TEXT:
        return _text(value)
    if kind.is_number:
        return number(value)
    if kind is FieldType.BOOLEAN:
        if isinstance(value, bool):
            return value
        raise BadValue(f"Expected true or false, not {shown(value)}.")
    if kind is FieldType.DATE:
        return _date(value)
    if kind is FieldType.TIMESTAMP:
        return _moment(value)
    raise BadValue("A list can't be compared with a value.")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValue(f"Expected a text, not {shown(value)}.")
    if len(value) > MAX_TEXT:
        raise BadValue(f"This text is longer than {MAX_TEXT} characters.")
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise BadValue("This text isn't valid Unicode.")
    return value


def number(value: object) -> int | Decimal:
    """A finite number of bearable size, exact as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadValue(f"Expected a number, not {shown(value)}.")
    if not -_MAX_NUMBER < value < _MAX_NUMBER:  # NaN and the infinities fail this too
        raise BadValue("This number is too large.")
    if isinstance(value, int):
        return value
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    if exact == exact.to_integral_value():
        return int(exact)
    exponent = exact.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -15:
        raise BadValue("This number has more than 15 decimal places.")
    return exact.normalize()


def _date(value: object) -> date:
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise BadValue(f"Expected a date like 2026-10-01, not {shown(value)}.")


def _moment(value: object) -> date | datetime:
    """A date, or an instant; one without an offset is in the institution's time zone."""
    if isinstance(value, str) and len(value) <= 40:
        try:
            return _date(value) if len(value) == 10 else datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            pass
    raise BadValue(f"Expected a date or a time like 2026-10-01T09:30:00Z, not {shown(value)}.")


def canonical(value: Constant) -> object:
    """The constant as the canonical form writes it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def field_of(value: object) -> str | None:
    """The path, if the value is another field of the row: ``{"field": "dueOn"}``."""
    if isinstance(value, Mapping) and set(value) == {"field"} and isinstance(value["field"], str):
        return str(value["field"])
    return None
