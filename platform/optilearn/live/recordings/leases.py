"""Leases of Jibris: which session may use which, among the classes of all institutions.

A row with an end, not a lock: a recording outlives the process that started it. Each change is
one statement that also checks whose the lease is, so who lost a Jibri can't stop the class that
has it now. A stop extends its lease in the statement that checks it, for longer than the call can
take: while it is on its way nobody else gets the Jibri.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Final

from optilearn.core import clock
from optilearn.core.sql import change, row, rows

STOPPING: Final = timedelta(seconds=60)
"""Longer than any call of ``stopService``, whose time is limited."""

_SESSION: Final = re.compile(r"([1-9][0-9]{0,17})-[0-9a-f]{32}")
_RANDOM_BYTES: Final = 16

_TAKE: Final = """
    INSERT INTO live_jibrilease AS l (jibri, session_id, expires_at)
    VALUES (%(jibri)s, %(session)s, %(expires)s)
    ON CONFLICT (jibri) DO UPDATE
       SET session_id = EXCLUDED.session_id, expires_at = EXCLUDED.expires_at,
           stopping_until = NULL
     WHERE l.expires_at <= %(now)s
    RETURNING jibri
"""
_BEGIN_STOP: Final = """
    UPDATE live_jibrilease
       SET stopping_until = %(until)s, expires_at = greatest(expires_at, %(until)s)
     WHERE session_id = %(session)s AND coalesce(stopping_until <= %(now)s, true)
    RETURNING jibri
"""
_RELEASE: Final = """
    DELETE FROM live_jibrilease
     WHERE session_id = %(session)s AND coalesce(stopping_until <= %(now)s, true)
"""


def new_session_id(institution_id: int) -> str:
    """Return a name of a job that nobody can guess.

    Jibri calls a folder by it, and replaces all but letters, digits, ``_`` and ``-``.
    """
    return prefix_of(institution_id) + secrets.token_hex(_RANDOM_BYTES)


def prefix_of(institution_id: int) -> str:
    """Return the beginning of the names of an institution's jobs."""
    return f"{institution_id}-"


def institution_of(session_id: str) -> int | None:
    """Return the institution of a session; None for what is no session's name."""
    found = _SESSION.fullmatch(session_id)
    return int(found[1]) if found else None


def take(jibri: str, session_id: str, expires_at: datetime) -> bool:
    """Return True if the session has the Jibri from now on: it was free, or its lease is over."""
    values = {"jibri": jibri, "session": session_id, "expires": expires_at, "now": clock.now()}
    return row(_TAKE, values) is not None


def begin_stop(session_id: str) -> str | None:
    """Return the Jibri that the session may stop now, for less than ``STOPPING``.

    None if it has none any more, or if its stop is already on its way.
    """
    now = clock.now()
    found = row(_BEGIN_STOP, {"session": session_id, "now": now, "until": now + STOPPING})
    return None if found is None else str(found["jibri"])


def end_stop(session_id: str) -> None:
    """The Jibri has stopped: it is free."""
    change("DELETE FROM live_jibrilease WHERE session_id = %(session)s", {"session": session_id})


def release(session_id: str) -> None:
    """The session's job is over; its Jibri is free, unless a stop for it is on its way."""
    change(_RELEASE, {"session": session_id, "now": clock.now()})


def sessions_of(institution_id: int) -> list[str]:
    """Return the sessions of an institution that have a Jibri. One query."""
    found = rows(
        "SELECT session_id FROM live_jibrilease WHERE starts_with(session_id, %(prefix)s)"
        " ORDER BY session_id",
        {"prefix": prefix_of(institution_id)},
    )
    return [str(one["session_id"]) for one in found]


def jibri_of(session_id: str) -> str | None:
    """Return the Jibri that the session has. One query."""
    found = row(
        "SELECT jibri FROM live_jibrilease WHERE session_id = %(session)s", {"session": session_id}
    )
    return None if found is None else str(found["jibri"])
