"""Work that happens at the same time, on a database where nothing is rolled back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connections

from optilearn.config import env
from optilearn.core.tenancy.context import tenant_context
from tests.support.database import migrated_database
from tests.support.services import Database
from tests.support.twins import Twin, make_twins

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker


@contextmanager
def committed_twins(purpose: str, blocker: DjangoDbBlocker) -> Iterator[tuple[Twin, Twin]]:
    """The twins in a database of their own, on which Django works until the block ends."""
    with migrated_database(purpose) as database, working_on(database, blocker):
        yield make_twins()


@contextmanager
def working_on(database: Database, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Until the block ends Django works on this database."""
    with blocker.unblock():
        default = connections["default"]
        default.close()
        before = dict(default.settings_dict)
        default.settings_dict.update(
            env.database(database.urls.app, engine="optilearn.core.tenancy.backend")
        )
        try:
            yield
        finally:
            default.close()
            default.settings_dict.update(before)


def at_once(twin: Twin, jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the jobs answer, or raise, when they begin together, in the order of their ends."""
    barrier = threading.Barrier(len(jobs))
    answers: list[Any] = []

    def run(job: Callable[[], Any]) -> None:
        try:
            with tenant_context(twin.id):
                barrier.wait(30)
                answers.append(job())
        except Exception as error:  # noqa: BLE001 - told by the answers
            answers.append(error)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return answers
