"""Two columns of one label are distinguished wherever a head stands."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from reports.api import export
from tests.reports.export_results import hard_result


def test_columns_of_one_label_are_told_apart_by_their_keys() -> None:
    result = hard_result()
    first, second, *_others = result.columns
    twins = (first, replace(second, label=first.label.upper()), *_others)
    result = replace(result, columns=twins)
    wanted = [f"{first.label} [{first.key}]", f"{first.label.upper()} [{second.key}]"]
    assert next(csv.reader(io.StringIO(export(result, "csv").decode())))[:2] == wanted
    head = export(result, "table").decode().splitlines()[0]
    assert all(text in head for text in wanted)
