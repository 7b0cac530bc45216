"""Django's PostgreSQL backend, telling PostgreSQL which institution each transaction serves.

``optilearn.institution_id`` is always set for one transaction only, never for the session:
it can't survive into the next request, nor leak through a transaction-pooling proxy. It
rides in the same message as the first statement, because a statement of its own costs a
small transaction half its time.
"""

from __future__ import annotations

import select
import time
from typing import Any, Final

from django.db.backends.postgresql import base as postgres
from psycopg import ClientCursor, Error, sql
from psycopg.pq import TransactionStatus

from optilearn.core.tenancy.backend.schema import TenantSchemaEditor
from optilearn.core.tenancy.context import current_institution_id

_CHECK_SECONDS: Final = 5.0
"""Seconds for which an idle connection is trusted after a check."""
_UNKNOWN: Final = -1
"""After a rollback to a savepoint PostgreSQL may have forgotten what was set inside it."""


class TenantCursor(ClientCursor[Any]):
    """A cursor that announces the institution before a statement which would not know it."""

    wrapper: DatabaseWrapper | None = None
    """None on a cursor that Django opens while it connects; such a one sees no tenant's row."""

    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> Any:
        """Execute in the institution in force.

        The setting stands before the statement in one simple-protocol message, which
        PostgreSQL runs as one transaction; its result is skipped.
        """
        if self.wrapper is None or not self.wrapper.must_announce():
            return super().execute(query, params, **kwargs)
        prefix = self.wrapper.announcement()
        super().execute(_joined(prefix, query), params, **kwargs)
        self.wrapper.has_announced()
        self.nextset()
        return self

    def executemany(self, query: Any, params_seq: Any, **kwargs: Any) -> Any:
        """Execute for each set of parameters in the institution in force."""
        if self.wrapper is None or not self.wrapper.must_announce():
            return super().executemany(query, params_seq, **kwargs)
        with self.connection.transaction():
            self.connection.execute(self.wrapper.announcement())
            super().executemany(query, params_seq, **kwargs)
        return self

    def copy(self, statement: Any, params: Any = None, **kwargs: Any) -> Any:
        """COPY in the institution in force. It needs an open transaction: COPY travels alone."""
        if self.wrapper is not None and self.wrapper.must_announce():
            if not self.wrapper.in_atomic_block:
                raise RuntimeError("COPY of tenant-owned records needs transaction.atomic().")
            self.connection.execute(self.wrapper.announcement())
            self.wrapper.has_announced()
        return super().copy(statement, params, **kwargs)


def _joined(prefix: str, query: Any) -> Any:
    """Both statements in the form that the second has."""
    if isinstance(query, bytes):
        return prefix.encode() + b"; " + query
    if isinstance(query, str):
        return f"{prefix}; {query}"
    return sql.SQL("; ").join([sql.SQL(prefix), query])


class DatabaseWrapper(postgres.DatabaseWrapper):
    """Knows which institution the open transaction was told of."""

    SchemaEditorClass = TenantSchemaEditor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._announced: int | None = None
        self._checked_until = 0.0

    def get_connection_params(self) -> dict[str, Any]:
        """Django's own parameters, with our cursor."""
        return super().get_connection_params() | {"cursor_factory": TenantCursor}

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor that knows this wrapper."""
        cursor = super().create_cursor(name)
        cursor.wrapper = self
        return cursor

    def is_usable(self) -> bool:
        """Return True if the connection still works, before a request uses it.

        A server that ended says so: its connection can be read from. One that just vanished
        doesn't, so after a while it is asked; each time would cost a request half a millisecond.
        """
        now = time.monotonic()
        if now < self._checked_until and self.connection is not None and not self._has_word():
            return True
        usable: bool = super().is_usable()
        self._checked_until = now + _CHECK_SECONDS if usable else 0.0
        return usable

    def _has_word(self) -> bool:
        """Return True if the idle connection has something to read, such as its own end."""
        try:
            poll = select.poll()
            poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP)
            return bool(poll.poll(0))
        except (OSError, Error):
            return True

    def must_announce(self) -> bool:
        """Return True if PostgreSQL doesn't yet know the institution of the next statement."""
        status = self.connection.pgconn.transaction_status
        if status == TransactionStatus.INERROR:
            return False  # only a rollback is possible now
        if status == TransactionStatus.IDLE:
            self._announced = None  # what an earlier transaction was told ended with it
        return self._announced != current_institution_id()

    def announcement(self) -> str:
        """The statement that sets the institution in force for the transaction it runs in."""
        institution_id = current_institution_id()
        value = "" if institution_id is None else int(institution_id)
        return f"SELECT set_config('optilearn.institution_id', '{value}', true)"

    def has_announced(self) -> None:
        """The open transaction was told the institution in force."""
        self._announced = current_institution_id()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # the stubs leave it out
        self._announced = _UNKNOWN
