"""The worked questions of docs/report-dsl.md: read, answered, and written back.

python -m tests.reports.worked_questions     # puts the answers of today into the page
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.api import close, export, run
from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.requests import ReportRequest
from tests.reports.oulad_snapshot import build

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "report-dsl.md"
SAMPLE = ROOT / "data" / "oulad_sample"
_QUESTION = re.compile(
    r"^### (?P<title>\d+\. .+?)$.*?^```json\n(?P<definition>.*?)^```\n\n"
    r"```text\n(?P<answer>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Worked:
    """A question of the page and the answer that stands under it."""

    title: str
    definition: dict[str, Any]
    answer: str


def worked_questions(text: str) -> list[Worked]:
    return [
        Worked(m["title"], json.loads(m["definition"]), m["answer"])
        for m in _QUESTION.finditer(text)
    ]


def answered(definition: dict[str, Any], snapshot: SnapshotRef) -> str:
    """The table and the warnings, without where the numbers come from (it has a fresh id)."""
    result = run(ReportRequest(definition, Scope(1, ScopeKind.INSTITUTION), snapshot))
    table = export(result, "table").decode().split("\n\n")[0].rstrip() + "\n"
    return table + "".join(f"! {notice.message}\n" for notice in result.meta.warnings)


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        snapshot = build(SAMPLE, Path(folder) / "oulad.duckdb")

        def with_answer(match: re.Match[str]) -> str:
            found = answered(json.loads(match["definition"]), snapshot)
            start = match.start("answer") - match.start()
            return match.group()[:start] + found + "```"

        PAGE.write_text(_QUESTION.sub(with_answer, text), encoding="utf-8")
        close()


if __name__ == "__main__":
    main()
