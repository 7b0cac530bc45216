"""The product's own templates: files in ``defaults/``, one for each category and language.

They are files and not rows, so that they are reviewed, versioned and tested with the code.
An institution's own template replaces one of them (``templating``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from optilearn.notifications.definitions import Channel
from optilearn.notifications.rendering.reader import LOCALES

FOLDER: Final = Path(__file__).parent / "defaults"


@dataclass(frozen=True)
class TemplateSource:
    """A template in Liquid; the body of an e-mail with Markdown."""

    title: str
    body: str
    version: int | None = None
    """Of an institution's own; None: the product's."""


@cache
def _files(locale: str) -> dict[str, dict[str, dict[str, str]]]:
    """Everything written in a language: by key, then part."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for path in sorted((FOLDER / locale).glob("*.yaml")):
        found |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@cache
def defaults() -> dict[tuple[str, Channel, str], TemplateSource]:
    """Return the product's templates by key, channel and language.

    A push and the row in the app have the same text unless a file has two.
    """
    found = {}
    for locale in LOCALES:
        for key, parts in _files(locale).items():
            for channel, name in (
                (Channel.EMAIL, "email"),
                (Channel.PUSH, "push"),
                (Channel.IN_APP, "inApp"),
            ):
                part = parts.get(name) or (parts.get("short") if name != "email" else None)
                if part:
                    title = part["subject" if name == "email" else "title"]
                    found[key, channel, locale] = TemplateSource(title, part["body"])
    return found


@cache
def button_of(key: str, locale: str) -> str:
    """Return the text of the button that leads to a key's page. Raises ``KeyError``."""
    return _files(locale)[key]["email"]["button"]
