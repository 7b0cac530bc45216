"""The identity of a template: notification key, channel and language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from optilearn.core.access.policies import not_found
from optilearn.notifications.definitions import Channel, Definition
from optilearn.notifications.registry import REGISTRY, definition_of
from optilearn.notifications.registry.digest import DIGEST
from optilearn.notifications.rendering.reader import LOCALES


@dataclass(frozen=True)
class TemplateKey:
    """One template's place."""

    definition: Definition
    channel: Channel
    locale: str

    @classmethod
    def of(cls, key: str, channel: str, locale: str) -> Self:
        """Parse the parts of a URL. Raises ``AppError`` NOT_FOUND."""
        try:
            template_key = cls(definition_of(key), Channel(channel), locale)
        except (KeyError, ValueError):
            raise not_found() from None
        if locale not in LOCALES or template_key.channel not in _channels(template_key.definition):
            raise not_found()
        return template_key

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of its rows."""
        return dict(zip(("key", "channel", "locale"), self.place, strict=True))

    @property
    def place(self) -> tuple[str, str, str]:
        """The same as a key of a dictionary."""
        return self.definition.key, self.channel.value, self.locale

    def __str__(self) -> str:
        return "/".join(self.place)


def _channels(definition: Definition) -> list[Channel]:
    """Return the channels with templates: of a digest only e-mail, of other keys all."""
    return [Channel.EMAIL] if definition is DIGEST else list(Channel)


def all_template_keys() -> Iterator[TemplateKey]:
    """Yield all template keys, in the registry's order."""
    for definition in (*REGISTRY.values(), DIGEST):
        for channel in _channels(definition):
            for locale in LOCALES:
                yield TemplateKey(definition, channel, locale)
