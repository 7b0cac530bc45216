"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.access.roles import Role


@dataclass(frozen=True)
class Principal:
    """A signed-in person of one institution.

    Made from a token only; the institution is never optional and never taken from a path, a
    query or a body.
    """

    institution_id: int
    institution_slug: str
    person_id: int
    role: Role
    name: str
    locale: str
    actor_id: int | None = None
    """The administrator who acts as this person, if it isn't the person themselves."""
    scopes: frozenset[str] | None = None
    """What an integration's token is limited to, as ``area:read``; None: no token, no limit."""
    session: str = ""
    """The session token's id, where it has one."""

    @property
    def caller_id(self) -> int:
        """Who really asks: the administrator where one acts as the person."""
        return self.actor_id or self.person_id
