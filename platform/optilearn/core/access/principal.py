"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.access.roles import Role


@dataclass(frozen=True)
class Principal:
    """A signed-in person of one institution.

    Made from a session token only; the institution is never optional and never taken from a
    path, a query or a body.
    """

    institution_id: int
    institution_slug: str
    person_id: int
    role: Role
    name: str
    locale: str
