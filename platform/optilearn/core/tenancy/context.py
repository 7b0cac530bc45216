"""The institution that the running code works for.

The context is a ``ContextVar``: it follows a request, a task or a thread of work, and a
nested context restores the outer one. The database backend announces it to PostgreSQL
with each transaction, so row-level security and the ORM can't disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[int | None] = ContextVar("optilearn_institution", default=None)


class NoTenantError(RuntimeError):
    """Tenant-owned records were touched outside ``tenant_context``."""


class TenantMismatchError(RuntimeError):
    """A record of one institution was about to be used in the context of another."""


def current_institution_id() -> int | None:
    """The institution in force, or ``None`` outside every context."""
    return _current.get()


def require_institution_id() -> int:
    """The institution in force.

    Raises ``NoTenantError`` outside every context: a query that forgot its tenant must fail
    rather than return nothing.
    """
    institution_id = _current.get()
    if institution_id is None:
        raise NoTenantError(
            "No institution is in force. Open tenant_context(institution_id) around this work."
        )
    return institution_id


@contextmanager
def tenant_context(institution_id: int) -> Iterator[None]:
    """Work for one institution until the block ends; the outer context is restored after it."""
    token = _current.set(int(institution_id))
    try:
        yield
    finally:
        _current.reset(token)
