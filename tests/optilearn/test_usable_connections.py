"""A connection that is kept between requests is trusted for a while, and never once it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connections

from optilearn.core.tenancy.backend import base
from optilearn.core.tenancy.backend.base import DatabaseWrapper


@pytest.fixture
def kept(db: None) -> Iterator[DatabaseWrapper]:
    """A connection of its own, as a thread that serves keeps one."""
    found = connections["default"].copy("kept")
    assert isinstance(found, DatabaseWrapper)
    found.ensure_connection()
    yield found
    found.close()


@pytest.fixture
def statements(kept: DatabaseWrapper) -> Callable[[], object]:
    """When PostgreSQL last heard a statement on it."""
    pid = kept.connection.info.backend_pid

    def last() -> object:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT query_start FROM pg_stat_activity WHERE pid = %s", [pid])
            return cursor.fetchone()

    return last


def end(kept: DatabaseWrapper) -> None:
    """The server ends the connection, as it does when it stops."""
    pid = kept.connection.info.backend_pid
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 30000)", [pid])
    while not kept._has_word():  # its last word is on its way
        time.sleep(0.01)


def test_it_is_asked_once_in_a_while(
    kept: DatabaseWrapper, statements: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("optilearn.core.tenancy.backend.base.time.monotonic", lambda: now[0])
    never = statements()
    assert kept.is_usable()
    asked = statements()
    assert asked != never
    now[0] += base._CHECK_SECONDS - 0.1
    assert kept.is_usable()
    assert statements() == asked
    now[0] += 0.2
    assert kept.is_usable()
    assert statements() != asked


def test_what_the_server_ended_is_known_at_once(kept: DatabaseWrapper) -> None:
    assert kept.is_usable()
    assert kept.is_usable()
    end(kept)
    assert not kept.is_usable()
    assert not kept.is_usable()


def test_what_is_closed_here_is_not_trusted(kept: DatabaseWrapper) -> None:
    assert kept.is_usable()
    kept.connection.close()
    assert not kept.is_usable()


def test_the_next_request_has_a_new_connection(kept: DatabaseWrapper) -> None:
    """What Django does as a request begins, and with its first statement (CONN_HEALTH_CHECKS)."""
    kept.settings_dict = kept.settings_dict | {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 600}
    kept.close()
    kept.ensure_connection()
    assert kept.is_usable()
    end(kept)
    kept.close_if_unusable_or_obsolete()
    with kept.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_without_the_look_the_statement_would_fail(kept: DatabaseWrapper) -> None:
    end(kept)
    with pytest.raises(OperationalError), kept.cursor() as cursor:
        cursor.execute("SELECT 1")
