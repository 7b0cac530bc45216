"""Results and streams in the language of a file."""

from __future__ import annotations

from dataclasses import replace

from reports.contracts import Column, Result
from reports.export.result_stream import ResultStream
from reports.export.widened import compared_column
from reports.export.wording import Wording


def columns_of(stream: ResultStream, wording: Wording) -> tuple[Column, ...]:
    """The columns of a stream, those of the compared measures at its end among them."""
    definition, count = stream.head.definition, stream.compared
    own = wording.columns(stream.columns[: len(stream.columns) - count], definition)
    if not count:
        return own
    first = stream.columns[-count].key.removeprefix(own[-count].key)
    label = wording.compared(definition, first[2:-1])  # compared_column puts it into the key
    return (*own, *(compared_column(column, label) for column in own[-count:]))


def localized(result: Result, wording: Wording) -> Result:
    """A result with its labels and warnings in the language; its words are the caller's."""
    compare = result.compare
    if compare is not None:
        label = wording.compared(result.definition, compare.label)
        compare = replace(compare, label=label)
    warnings = tuple(
        replace(one, message=wording.message(one.message)) for one in result.meta.warnings
    )
    return replace(
        result,
        columns=wording.columns(result.columns, result.definition),
        compare=compare,
        meta=replace(result.meta, warnings=warnings),
    )
