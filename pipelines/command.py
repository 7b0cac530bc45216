"""``python -m pipelines.snapshots``: snapshots on demand, through the same Dagster asset."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from pipelines.assets import ACCEPT_DROP_TAG, FULL_TAG
from pipelines.in_process import run_in_process
from pipelines.resources import Snapshots
from pipelines.snapshots.errors import SnapshotError
from pipelines.snapshots.progress import Stage, Step


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the snapshots; return 0 if all succeeded, 1 if some failed, 2 for wrong arguments."""
    options = _parser().parse_args(arguments)
    # A stream of our own: Dagster captures the usual one while an asset is at work.
    console = Console(file=os.fdopen(os.dup(sys.stderr.fileno()), "w"))
    try:
        with Snapshots().service() as service:
            roster = [institution.slug for institution in service.roster()]
    except SnapshotError as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        return 1
    wanted = roster if options.all else list(dict.fromkeys(options.institution))
    unknown = [slug for slug in wanted if slug not in set(roster)]
    if unknown:
        console.print(f"There is no institution {', '.join(unknown)}.", highlight=False)
        return 2
    if not wanted:
        console.print("There are no institutions yet.")
        return 0
    return _take(console, wanted, _tags(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="optilearn snapshot",
        description="Take snapshots of institutions' records, for reports to read.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--institution", action="append", metavar="SLUG", help="may be repeated")
    which.add_argument("--all", action="store_true", help="every institution")
    parser.add_argument("--full", action="store_true", help="read every row, not only changes")
    parser.add_argument(
        "--accept-drop", action="store_true", help="publish although many rows are gone; full"
    )
    return parser


def _tags(options: argparse.Namespace) -> dict[str, str]:
    tags = {}
    if options.full or options.accept_drop:
        tags[FULL_TAG] = "true"
    if options.accept_drop:
        tags[ACCEPT_DROP_TAG] = "true"
    return tags


def _take(console: Console, wanted: list[str], tags: dict[str, str]) -> int:
    succeeded = True
    with _Bar(console, len(wanted)) as bar:
        resources = {"snapshots": Snapshots(bar.show)}
        for result in run_in_process("snapshots", wanted, tags, resources):
            succeeded &= result.success
            bar.note(result)
    for line in bar.lines:
        console.print(line, highlight=False, soft_wrap=True)
    return 0 if succeeded else 1


@dataclass
class _Bar:
    """Progress on the terminal, and the lines to print afterwards."""

    console: Console
    count: int
    lines: list[str] = field(default_factory=list)
    _done: int = 0

    def __enter__(self) -> Self:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} rows"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self._progress.start()
        self._task: TaskID = self._progress.add_task("starting", total=1)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, step: Step) -> None:
        """Show one step of one institution."""
        if step.stage is Stage.WAITING:
            self._done += 1
        place = f" ({self._done}/{self.count})" if self.count > 1 else ""
        description = f"{step.institution}{place} {step.stage.value}"
        if step.stage is Stage.READING:
            self._progress.update(
                self._task, description=description, completed=step.rows, total=step.total or 1
            )
        else:
            self._progress.update(self._task, description=description)

    def note(self, result: dg.ExecuteInProcessResult) -> None:
        """Remember what a run did."""
        for event in result.all_events:
            if event.is_step_materialization:
                self.lines.append(_line(event.step_materialization_data.materialization))
            elif event.is_step_failure and event.step_failure_data.error:
                self.lines.append(_reason(event.step_failure_data))


def _line(event: dg.AssetMaterialization) -> str:
    values = {key: value.value for key, value in event.metadata.items()}
    kind = str(values["kind"]).lower()
    if kind == "unchanged":
        return f"{event.partition}: unchanged since {values['snapshot']}"
    megabytes = int(str(values["bytes"])) / 1e6
    why = f", because {values['reason']}" if values["reason"] else ""
    return (
        f"{event.partition}: {values['snapshot']} {kind}{why}: "
        f"{values['rows']:,} rows, {megabytes:.1f} MB"
    )


def _reason(failure: object) -> str:
    data = getattr(failure, "user_failure_data", None)
    text = getattr(data, "description", "") or str(getattr(failure, "error", failure))
    return f"[red]{text}[/red]"


if __name__ == "__main__":
    sys.exit(main())
