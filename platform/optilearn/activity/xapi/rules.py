"""The identifiers by which statements of xAPI name a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from optilearn.activity.xapi.format.statements import agent_key
from optilearn.activity.xapi.format.vocabulary import OURS


def keys_of(slug: str, person_id: int, addresses: Iterable[str]) -> frozenset[str]:
    """Return the identifiers of a person of the institution of that slug.

    Our account ``{"homePage": "urn:optilearn:<slug>", "name": "<person's id>"}``, each address,
    and its SHA-1 sum: the standard's own way to name somebody, which protects nothing.
    """
    home = {"homePage": f"{OURS}{slug}", "name": str(person_id)}
    agents: list[dict[str, Any]] = [{"account": home}]
    for address in filter(None, addresses):
        agents.append({"mbox": f"mailto:{address}"})
        # A sum is of one spelling, and no other can be told from it.
        for text in {address, address.lower(), address.casefold()}:
            digest = hashlib.sha1(f"mailto:{text}".encode(), usedforsecurity=False).hexdigest()
            agents.append({"mbox_sha1sum": digest})
    return frozenset(agent_key(agent) for agent in agents)
