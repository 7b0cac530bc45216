"""A progress bar with rate and time left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.progress import Task as RichTask
from rich.text import Text


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: RichTask) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f} rows/s")


@contextmanager
def rows_progress(title: str) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Two functions: the first hears the total, the second each number of rows done."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, speed_estimate_period=10) as bar:
        task = bar.add_task(title, total=None)

        def started(total: int) -> None:
            bar.update(task, total=total)

        def advance(rows: int) -> None:
            bar.advance(task, rows)

        yield started, advance
