"""Problems of a request, described for its sender.

Each problem says where, as a JSON pointer (RFC 6901) into the body or ``/name`` of a parameter, and
what, in the language of the answer. Names of Python's parameters and types are nobody's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from optilearn.core.jsontext import read_json

MAX_PROBLEMS: Final = 50
Context = Mapping[str, Any]

_WORDS: Final[Mapping[str, Callable[[Context], str]]] = {
    "missing": lambda _c: _("This is missing."),
    "extra_forbidden": lambda _c: _("There is no such field."),
    "string_type": lambda _c: _("This must be text."),
    "string_too_short": lambda c: _("At least %(n)s characters.") % {"n": c["min_length"]},
    "string_too_long": lambda c: _("At most %(n)s characters.") % {"n": c["max_length"]},
    "string_pattern_mismatch": lambda _c: _("This has an invalid format."),
    "too_short": lambda c: _minimum(c) % {"n": c["min_length"]},
    "too_long": lambda c: _maximum(c) % {"n": c["max_length"]},
    "greater_than": lambda c: _("More than %(n)s.") % {"n": c["gt"]},
    "greater_than_equal": lambda c: _("At least %(n)s.") % {"n": c["ge"]},
    "less_than": lambda c: _("Less than %(n)s.") % {"n": c["lt"]},
    "less_than_equal": lambda c: _("At most %(n)s.") % {"n": c["le"]},
    "literal_error": lambda c: _("One of %(values)s.") % {"values": _listed(c)},
    "enum": lambda c: _("One of %(values)s.") % {"values": _listed(c)},
    "timezone_aware": lambda _c: _("A time needs its time zone, like 2026-04-13T03:30:00Z."),
    "decimal_max_places": lambda c: _("At most %(n)s decimals.") % {"n": c["decimal_places"]},
    "decimal_max_digits": lambda c: _("At most %(n)s digits.") % {"n": c["max_digits"]},
    "decimal_whole_digits": lambda c: (
        _("At most %(n)s digits before the point.") % {"n": c["whole_digits"]}
    ),
}
_TEXT: Final = "Value"
"""Pydantic's name for a text whose length is checked after something else was done to it."""
_KINDS: Final[Sequence[tuple[str, Callable[[], str]]]] = (
    ("int_", lambda: _("This must be a whole number.")),
    ("float_", lambda: _("This must be a number.")),
    ("finite_number", lambda: _("This must be a number.")),
    ("decimal_", lambda: _("This must be a number.")),
    ("bool_", lambda: _("This must be true or false.")),
    ("datetime_", lambda: _("This must be a time like 2026-04-13T03:30:00Z.")),
    ("date_", lambda: _("This must be a date like 2026-04-13.")),
    ("uuid_", lambda: _("This must be a UUID.")),
    ("list_", lambda: _("This must be a list.")),
    ("tuple_", lambda: _("This must be a list.")),
    ("dict_", lambda: _("This must be an object.")),
    ("model_", lambda: _("This must be an object.")),
)
"""Families of Pydantic's codes, by how they begin."""


def _minimum(context: Context) -> str:
    is_text = context["field_type"] == _TEXT
    return _("At least %(n)s characters.") if is_text else _("At least %(n)s entries.")


def _maximum(context: Context) -> str:
    is_text = context["field_type"] == _TEXT
    return _("At most %(n)s characters.") if is_text else _("At most %(n)s entries.")


def problems_of(request: HttpRequest, errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the details of the answer for Pydantic's ``errors``."""
    body = _body(request)
    return [
        {
            "path": pointer(_place(error, body)),
            "code": str(error["type"]),
            "message": _message(error),
        }
        for error in errors[:MAX_PROBLEMS]
    ]


def problem_in(value: Any, error: Mapping[str, Any]) -> dict[str, str]:
    """The same of a value that was checked by itself: the place is within it."""
    placed = {**error, "loc": ("body", "", *error["loc"])}
    return {
        "path": pointer(_place(placed, value)),
        "code": str(error["type"]),
        "message": _message(error),
    }


def pointer(place: Sequence[str | int]) -> str:
    """The JSON pointer; empty where the whole body is meant."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _body(request: HttpRequest) -> Any:
    try:
        return read_json(request.body)
    except ValueError:
        return None


def _place(error: Mapping[str, Any], body: Any) -> list[str | int]:
    rest: list[str | int]
    source, *rest = error["loc"]
    if source != "body":
        # A model of all parameters is a parameter of Python's, with the model's own errors.
        return rest if len(rest) == 1 and error["type"] != "value_error" else rest[1:]
    found: list[str | int] = []
    at = body
    for nth, part in enumerate(rest[1:], start=2):
        # What the body doesn't have is a missing field, or the name of a type in a union.
        is_last = nth == len(rest)
        if isinstance(at, dict) and isinstance(part, str):
            if part not in at and not (is_last and error["type"] == "missing"):
                continue
            at = at.get(part)
        elif isinstance(at, list) and isinstance(part, int):
            at = at[part] if part < len(at) else None
        else:
            continue
        found.append(part)
    return found


def _message(error: Mapping[str, Any]) -> str:
    code, context = str(error["type"]), error.get("ctx") or {}
    if code == "value_error":  # of a rule of ours, in the language of the answer already
        return str(context.get("error") or error["msg"]).removeprefix("Value error, ")
    if code in _WORDS:
        return _WORDS[code](context)
    for beginning, words in _KINDS:
        if code.startswith(beginning):
            return words()
    return _("This has an invalid format.")


def _listed(context: Context) -> str:
    return str(context["expected"]).replace("'", "").replace(" or ", ", ")
