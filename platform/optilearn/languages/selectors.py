"""The product's messages in a language, as its own pages have them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

from optilearn.core.access.policies import not_found

_SOURCE: Final = "en"
"""The language that messages are written in: its texts are their own keys."""
_PLURALS: Final = "nplurals=2; plural=(n != 1);"


def messages_of(locale: str) -> dict[str, Any]:
    """Return all messages in a language, by their keys: a text, or texts by number.

    A language with a region is its language (``hi-IN`` is ``hi``). Raises ``AppError`` NOT_FOUND
    for one that the product doesn't speak.
    """
    try:
        language = translation.get_supported_language_variant(locale.replace("_", "-").lower())
    except LookupError as error:
        raise not_found() from error
    return _bundle(language)


@cache
def _bundle(language: str) -> dict[str, Any]:
    """The texts are of the installed product, and of no institution."""
    catalog = _catalog("hi" if language == _SOURCE else language)
    is_source = language == _SOURCE
    return {
        "locale": language,
        "pluralForms": _PLURALS if is_source else catalog.plural_forms,
        "messages": {
            _key(message): _text(message, is_source=is_source)
            for message in catalog
            if message.id and (is_source or message.string)
        },
    }


def _catalog(language: str) -> Catalog:
    path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _text(message: Message, *, is_source: bool) -> str | list[str]:
    found = message.id if is_source else message.string
    return found if isinstance(found, str) else list(found or ())
