"""Requests that clients send again: each is carried out once."""

from __future__ import annotations

from optilearn.core.access.principal import Principal
from optilearn.core.locking import lock_name


def lock_requests_of(principal: Principal) -> None:
    """Until the transaction ends, other requests of the person that have a name wait here.

    So the second of two equal ones finds the first.
    """
    lock_name("community.requests", principal.person_id)
