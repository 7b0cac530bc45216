"""Each notification that people can turn on or off is sent by something in the product."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from optilearn.notifications.registry import REGISTRY
from tests.architecture.support import ROOT

PLATFORM: Final = ROOT / "platform" / "optilearn"
SENDERS: Final = (
    *(PLATFORM / "notifications" / "producers").glob("*.py"),
    *(PLATFORM / "notifications" / "digests").glob("*.py"),
    *(PLATFORM / "analytics").rglob("*.py"),
)


def named(path: Path) -> Iterator[str]:
    """The keys that a module names as a string of its own."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and node.value in REGISTRY:
            yield str(node.value)


def test_every_key_has_a_cause() -> None:
    causes = {key for path in SENDERS for key in named(path)}
    assert causes == REGISTRY.keys()
