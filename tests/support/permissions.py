"""Who may call what: one rule for each operation, written down beside the area's tests."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from tests.support.twins import Twin

ADMINS: Final = "asha sita paul hari"
TEACHERS: Final = "tom uma"
OFFICE: Final = "anil ada finn lila"
"""Other staff: an analyst, admissions, finance, the library."""
STAFF: Final = f"{ADMINS} {TEACHERS} {OFFICE}"
STUDENTS: Final = "lena मीरा sven"
PARENTS: Final = "pia"
EVERYBODY: Final = f"{STAFF} {STUDENTS} {PARENTS}"


def nothing(_: Twin) -> dict[str, Any]:
    """No parameters, no body."""
    return {}


def never(_: Any) -> bool:
    """No answer but a refusal will do."""
    return False


@dataclass(frozen=True)
class Rule:
    """Who of the twins' people gets through one operation, called with these arguments.

    ``params`` and ``body`` are made from the twin whose things they name; ``denied`` is what
    everybody else gets: 403, or 404 where the thing is invisible. ``ok`` lists the statuses
    that mean "let in" (a refusal for another reason, e.g. a conflict, can be one).
    ``denied_as`` overrides ``denied`` for some people.
    """

    method: str
    path: str
    allowed: str
    params: Callable[[Twin], Mapping[str, Any]] = nothing
    body: Callable[[Twin], Any] | None = None
    query: str = ""
    denied: int = 403
    ok: frozenset[int] = frozenset({200, 201, 202, 204})
    denied_as: Mapping[str, int] | None = None
    setup: Callable[[Twin], None] | None = None
    """What has to be there first, made inside the twin's context."""
    strangers_are_told: Callable[[Any], bool] = never
    """Whether an answer says of everything in the body that it isn't known here."""

    def address(self, twin: Twin) -> str:
        """The path with this twin's things in it."""
        return self.path.format(**self.params(twin)) + (f"?{self.query}" if self.query else "")

    def expects(self, name: str, status: int) -> bool:
        """Whether that person may be answered so."""
        if name in self.allowed.split():
            return status in self.ok
        return status == (self.denied_as or {}).get(name, self.denied)


def rules() -> list[Rule]:
    """The rules of all areas."""
    from tests.optilearn import permissions

    found: list[Rule] = []
    for module in pkgutil.iter_modules(permissions.__path__):
        found += import_module(f"{permissions.__name__}.{module.name}").RULES
    return found
