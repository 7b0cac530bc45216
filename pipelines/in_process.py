"""Runs of a job in this process, as the commands ask for them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import dagster as dg

from pipelines.definitions import defs
from pipelines.institutions import add_institutions, range_tags, ranges_of
from pipelines.resources import prepare_dagster_home

_QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_in_process(
    job_name: str,
    institutions: Sequence[str],
    tags: Mapping[str, str] | None = None,
    resources: Mapping[str, Any] | None = None,
) -> Iterator[dg.ExecuteInProcessResult]:
    """Run a job for institutions, and yield the result of each range of them; nothing is raised."""
    with ExitStack() as stack:
        with _handlers_restored():
            prepare_dagster_home()
            job = defs.resolve_job_def(job_name)
            instance = stack.enter_context(dg.DagsterInstance.get())
            known = add_institutions(instance, institutions)
        for first, last in ranges_of(institutions, known):
            with _handlers_restored():
                result = job.execute_in_process(
                    instance=instance,
                    run_config=_QUIET,
                    tags={**(tags or {}), **range_tags(first, last)},
                    resources=resources,
                    raise_on_error=False,
                )
            yield result


@contextmanager
def _handlers_restored() -> Iterator[None]:
    """Give SIGTERM its own handler back: Dagster's first use and each run leave it with SIGINT's.

    A background job of a shell ignores SIGINT; it would ignore SIGTERM from its first run on.
    """
    if threading.current_thread() is not threading.main_thread():  # no handlers are set there
        yield
        return
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
