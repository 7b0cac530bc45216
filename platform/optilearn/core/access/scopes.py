"""Scopes that limit the tokens of integrations.

An area is the first part of a path under ``/api/``, and each operation either reads or writes,
so that a new route is covered without anybody thinking of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Final

from django.urls import get_resolver

from optilearn.core.access.principal import Principal

FORM: Final = re.compile(r"^[a-z][a-z0-9-]{0,39}:(read|write)$")
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def scope_of(method: str, path: str) -> str:
    """The scope that a request needs: ``courses:read`` for GET /api/courses/7."""
    area = path.removeprefix("/api/").split("/", 1)[0]
    return f"{area}:{'read' if method in _READS else 'write'}"


@cache
def known_areas() -> frozenset[str]:
    """The areas that there are: read from the routes themselves."""
    routes = (
        str(route.pattern)
        for under in get_resolver().url_patterns
        if str(under.pattern) == "api/"
        for route in getattr(under, "url_patterns", ())
    )
    areas = {route.split("/", 1)[0] for route in routes}
    return frozenset(area for area in areas if FORM.fullmatch(f"{area}:read"))


def is_scope(scope: str, areas: Collection[str]) -> bool:
    """Return True if the scope is well formed and names one of the areas."""
    return bool(FORM.fullmatch(scope)) and scope.partition(":")[0] in areas


def allows(principal: Principal, method: str, path: str) -> bool:
    """Return True if the principal's token allows the request; write includes read."""
    if principal.scopes is None:
        return True
    needed = scope_of(method, path)
    return needed in principal.scopes or needed.replace(":read", ":write") in principal.scopes
