"""Every kind of notification there is, by key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from optilearn.notifications.definitions import Definition
from optilearn.notifications.registry import learning, others, parents
from optilearn.notifications.registry.digest import DIGEST

REGISTRY: Final[Mapping[str, Definition]] = MappingProxyType(
    {d.key: d for d in (*learning.DEFINITIONS, *others.DEFINITIONS, *parents.DEFINITIONS)}
)
"""The published keys."""


def definition_of(key: str) -> Definition:
    """Return the definition of a published key, or of the digest of items.

    Raises ``KeyError``.
    """
    return DIGEST if key == DIGEST.key else REGISTRY[key]
