"""The parts of a definition in words, in the reader's language.

A draft may be anything, so a part that isn't as it should be is shown as its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.analytics.saved.labels import Labels
from reports.api import BUCKETS, EXPORT_TEXTS, OPERATORS

Phrase = Callable[[Any, Labels], str]
_MAX_VALUES: Final = 10
_MAX_JSON: Final = 200


def as_json(value: object) -> str:
    """A value as short JSON."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= _MAX_JSON else text[: _MAX_JSON - 1] + "…"


def said(phrase: Phrase, value: object, labels: Labels) -> str:
    """The value in words, or else as JSON."""
    try:
        return phrase(value, labels)
    except (AttributeError, KeyError, LookupError, TypeError, ValueError):
        return as_json(value)


def condition(value: Any, labels: Labels) -> str:
    """A filter: on a field, or on a metric of another entity."""
    subject = labels.metric(value["metric"]) if "metric" in value else labels.field(value["field"])
    owner = str(value.get("metric", "")).rpartition(".")[0]
    inside = replace(labels, root=owner) if owner else labels
    own = " ".join(condition(inner, inside) for inner in value.get("filters") or ())
    if own:
        subject = f"{subject} ({own})"
    return _operator(value["op"]).format(field=subject, value=_values(value, labels))


def having(value: Any, labels: Labels) -> str:
    """A condition on a measure of a group."""
    subject = labels.metric(value["measure"])
    return _operator(value["op"]).format(field=subject, value=_values(value, labels))


def measure(value: Any, labels: Labels) -> str:
    """A measure by its kind."""
    if isinstance(value, str):
        return labels.metric(value)
    text = _measure(value, labels)
    conditions = [condition(one, labels) for one in value.get("filters") or ()]
    if conditions:
        text = _("{measure}, only where {conditions}").format(
            measure=text, conditions=_(" and ").join(conditions)
        )
    rest = {k: v for k, v in value.items() if k not in _SAID}
    return f"{text} {as_json(rest)}" if rest else text


_SAID: Final = {"key", "metric", "field", "agg", "ratio", "formula", "calc", "of", "filters"}


def _measure(value: Mapping[str, Any], labels: Labels) -> str:
    if "metric" in value:
        return labels.metric(value["metric"])
    if "ratio" in value:
        return " / ".join(labels.metric(name) for name in value["ratio"])
    if "formula" in value:
        return str(value["formula"])
    if "calc" in value:
        return f"{value['calc']}({labels.metric(value['of'])})"
    return f"{as_word(value['agg'])}({labels.field(value['field'])})"


def as_word(value: object) -> str:
    """An aggregate's name, or its JSON."""
    return value if isinstance(value, str) else as_json(value)


def dimension(value: Any, labels: Labels) -> str:
    """A dimension, with its bins or bucket."""
    if isinstance(value, str):
        return labels.field(value)
    rest = {k: v for k, v in value.items() if k not in {"field", "key"}}
    return labels.field(value["field"]) + (f" {as_json(rest)}" if rest else "")


def sorting(value: Any, labels: Labels) -> str:
    """A key of the order."""
    by = labels.metric(value["by"])
    by = labels.field(by) if by == value["by"] else by
    falling = value.get("dir", "asc") == "desc"
    return _("{column}, largest first").format(column=by) if falling else by


def time(value: Any, labels: Labels) -> str:
    """The time axis."""
    rest = {k: v for k, v in value.items() if k not in {"field", "bucket"}}
    bucket = str(value["bucket"])
    text = f"{labels.field(value['field'])} ({_(BUCKETS.get(bucket, bucket))})"
    return f"{text} {as_json(rest)}" if rest else text


def chart(value: Any, labels: Labels) -> str:
    """The type of a chart, with its goal."""
    goal = value.get("goal")
    return str(value["type"]) + (f", {labels.field(goal)}" if goal is not None else "")


def entity(value: Any, labels: Labels) -> str:
    """The entity that is counted."""
    return labels.entity(value)


def compared(value: Any, labels: Labels) -> str:
    """The other side of a comparison."""
    if value.get("snapshot"):
        text = EXPORT_TEXTS["comparedSnapshot"]
        return _(text).format(id=labels.field(value["snapshot"]))
    to = str(value["to"])
    return _(EXPORT_TEXTS[to]) if to in EXPORT_TEXTS else to


def tile(value: Any) -> str:
    """The title of a tile."""
    return str(value.get("title") or value.get("key"))


def plain(value: Any, labels: Labels) -> str:
    """A text or number as it is."""
    if not isinstance(value, str | int | float):
        raise TypeError(labels.root)
    return str(value)


def _values(value: Mapping[str, Any], labels: Labels) -> str:
    raw = value.get("value")
    if isinstance(raw, Mapping) and "field" in raw:
        return labels.field(raw["field"])
    if isinstance(raw, Mapping):
        return _span(raw)
    known = dict(labels.choices(value.get("field", "")))
    if not isinstance(raw, list):
        return _shown(raw, known)
    shown = [_shown(one, known) for one in raw[:_MAX_VALUES]]
    if len(raw) > _MAX_VALUES:
        shown.append(_("{count} more").format(count=len(raw) - _MAX_VALUES))
    joined = _(" and ") if value["op"] == "between" else _(" or ")
    return joined.join(shown)


def _span(raw: Mapping[str, Any]) -> str:
    """A number of units of time, or one of them: "12 weeks", "week"."""
    n, unit = raw.get("n"), str(raw["unit"])
    word = _(unit if n in {None, 1} else f"{unit}s")
    return word if n is None else f"{n} {word}"


def _shown(value: object, choices: Mapping[str, str]) -> str:
    """A constant: a code by its label, true and false in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = "" if value is None else str(value)
    return choices.get(text, text[:80])


def _operator(op: str) -> str:
    """An operator of the language as a sentence; values of a list are joined by "or"."""
    template = OPERATORS[{"in": "eq", "notIn": "ne"}.get(op, op)]
    return _(template)
