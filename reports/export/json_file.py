"""JSON: the wire form, decimals exact, without what differs from run to run."""

from __future__ import annotations

from typing import Any

import msgspec

from reports.contracts import Result

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def to_json(result: Result) -> bytes:
    """``data`` of report-dsl.md §4 without ``ms`` and ``cached``: the same bytes each time."""
    wire: dict[str, Any] = result.to_wire()
    wire["meta"] = {k: v for k, v in wire["meta"].items() if k not in {"ms", "cached"}}
    return _ENCODER.encode(wire) + b"\n"
