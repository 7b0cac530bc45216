"""The caller of a request."""

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
    """Scopes of an integration's token, as ``area:read``; None: no token, no limit."""
    session: str = ""
    """The session token's id, where it has one."""

    @property
    def caller_id(self) -> int:
        """The person who really calls: the administrator where one acts as another person."""
        return self.actor_id or self.person_id
