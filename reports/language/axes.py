"""Reading what rows are grouped by, and what rows show."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from reports.catalog.model import FieldType
from reports.catalog.paths import Path, label_of
from reports.language.binding import Names
from reports.language.problems import pointer
from reports.language.report import MAIN_DATE, Dimension, ShownField, TimeAxis
from reports.language.shape import Node
from reports.language.values import BadValue, canonical, number
from reports.language.words import (
    BUCKETS,
    HOUR_BUCKETS,
    MAX_BINS,
    MAX_COLUMNS,
    MAX_DIMENSIONS,
    MAX_SERIES,
)


def read_shown_fields(
    node: Node, names: Names, mode: str
) -> tuple[tuple[ShownField, ...], list[str]]:
    """The columns of a report of rows, and their canonical form."""
    if mode != "rows":
        return (), []
    found: list[ShownField] = []
    raw = node.items("columns", MAX_COLUMNS)
    if not raw and len(node.problems) == 0:
        node.refuse("columns", "A report of rows needs columns.", code="MISSING")
    for index, item in enumerate(raw):
        place = pointer(node.at("columns"), index)
        text = node.checked_text(item, place)
        path = names.path(text, place) if text is not None else None
        if path:
            found.append(ShownField(path.text, path, label_of(names.catalog, path)))
    return tuple(found), [c.key for c in found]


def read_dimensions(node: Node, names: Names, mode: str) -> tuple[tuple[Dimension, ...], list[Any]]:
    """The dimensions, and their canonical form."""
    if mode == "rows":
        return (), []
    maximum = MAX_SERIES if mode == "temporal" else MAX_DIMENSIONS
    found: list[Dimension] = []
    forms: list[Any] = []
    for index, raw in enumerate(node.items("dimensions", maximum)):
        dimension = _dimension(raw, pointer(node.at("dimensions"), index), names)
        if dimension:
            found.append(dimension)
            bins = [canonical(b) for b in dimension.bins]
            forms.append({"field": dimension.key} | ({"bins": bins} if bins else {}))
    return tuple(found), forms


def _dimension(raw: object, place: str, names: Names) -> Dimension | None:
    if isinstance(raw, str):
        raw = {"field": raw}
        field_place = place
    else:
        field_place = pointer(place, "field")
    node = Node(raw, place, names.problems, ("field", "bins"))
    text = node.text("field", needed=True)
    path = names.path(text, field_place) if text is not None else None
    if path is None:
        return None
    bins = _bins(node, path) if node.has("bins") else ()
    if bins is None:
        return None
    return Dimension(path.text, path, label_of(names.catalog, path), bins)


def _bins(node: Node, path: Path) -> tuple[Decimal, ...] | None:
    if not path.field.type.is_number:
        node.refuse("bins", f"Bins need a number, and {path.text} is a {path.field.type.value}.")
        return None
    raw = node.items("bins", MAX_BINS)
    edges: list[Decimal] = []
    for index, item in enumerate(raw):
        try:
            edges.append(Decimal(number(item)))
        except BadValue as error:
            node.problems.add("WRONG_TYPE", pointer(node.at("bins"), index), str(error))
            return None
    if len(edges) < 2 or any(a >= b for a, b in pairwise(edges)):
        node.refuse("bins", "Bins are two or more edges in rising order.", code="WRONG_VALUE")
        return None
    return tuple(edges)


def read_time(node: Node, names: Names, mode: str) -> tuple[TimeAxis | None, Any]:
    """The time axis of a temporal report, and its canonical form."""
    if mode != "temporal":
        return None, None
    if not node.has("time"):
        node.refuse("time", "A temporal report needs a time.", code="MISSING")
        return None, None
    time = Node(node.get("time"), node.at("time"), names.problems, ("field", "bucket", "fill"))
    before = len(names.problems)
    fill = _fill(time)
    text = time.text("field", needed=True)
    bucket = time.choice("bucket", BUCKETS) if time.ok else None
    if text is None or bucket is None:
        return None, None
    path = _time_path(time, names, text, bucket)
    if len(names.problems) > before:
        return None, None
    return TimeAxis(text, path, bucket, fill), {"field": text, "bucket": bucket, "fill": fill}


def _fill(time: Node) -> bool:
    fill = time.get("fill")
    if fill is not None and not isinstance(fill, bool):
        time.refuse("fill", "Expected true or false.")
    return fill is True


def _time_path(time: Node, names: Names, text: str, bucket: str) -> Path | None:
    if text == MAIN_DATE:
        if bucket in HOUR_BUCKETS:
            hint = "Name a field that ends in At."
            time.refuse("bucket", "Main dates have no hours.", hint, "WRONG_BUCKET")
        return None
    path = names.path(text, time.at("field"))
    return path if path and _bucket_fits(time, path, bucket) else None


def _bucket_fits(time: Node, path: Path, bucket: str) -> bool:
    kind = path.field.type
    if not kind.is_time:
        time.refuse("field", f"{path.text} is a {kind.value}, not a date.")
        return False
    if bucket in HOUR_BUCKETS and kind is FieldType.DATE:
        hint = "Name a field that ends in At."
        time.refuse("bucket", f"{path.text} is a date and has no hours.", hint, "WRONG_BUCKET")
        return False
    return True
