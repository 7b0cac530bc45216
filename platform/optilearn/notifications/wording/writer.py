"""Writing a message to a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils import translation

from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.definitions import Channel, Definition
from optilearn.notifications.links import page_of, unsubscribe_url
from optilearn.notifications.models import MessageTemplate
from optilearn.notifications.registry import definition_of
from optilearn.notifications.wording import engine, layout, markdown
from optilearn.notifications.wording.errors import BrokenTemplate, MissingTemplate, WordingError
from optilearn.notifications.wording.reader import LOCALES, Reader, language_of
from optilearn.notifications.wording.sources import Source, button_of, defaults

__all__ = ["BrokenTemplate", "MissingTemplate", "Wording", "WordingError", "Writer"]

MOST_TITLE: Final = {Channel.EMAIL: 200, Channel.PUSH: 100, Channel.IN_APP: 140}
"""Letters of a subject or title: what is longer is cut."""
MOST_BODY: Final = {Channel.PUSH: 240, Channel.IN_APP: 500}
"""Letters of a short body; a device shows fewer, and the whole push has to fit in 4 KB."""


@dataclass(frozen=True)
class Wording:
    """A message as its reader gets it."""

    title: str
    """The subject of an e-mail."""
    body: str
    """Plain short text; empty for an e-mail."""
    html: str
    text: str
    url: str
    """The absolute address of the page that it leads to."""
    template_version: int | None
    """The institution's own template that it was written with; None: the product's."""


class Writer:
    """Writes for the readers of one institution, in the words in force when it was made."""

    def __init__(self, institution: InstitutionRow) -> None:
        """One query, inside the institution's context."""
        self._institution = institution
        rows = MessageTemplate.objects.filter(is_active=True).values_list(
            "key", "channel", "locale", "title", "body", "version"
        )
        self._own = {
            (key, Channel(channel), locale): Source(title, body, version)
            for key, channel, locale, title, body, version in rows
        }

    def write(self, key: str, channel: Channel, data: Mapping[str, Any], reader: Reader) -> Wording:
        """The message of that key in the reader's language; the same again for the same.

        Raises ``MissingTemplate`` and ``BrokenTemplate``.
        """
        locale = language_of(reader.locale, self._institution.locale)
        source, written_in = self._source(key, channel, locale)
        return compose(
            Order(definition_of(key), channel, written_in),
            source,
            data,
            reader=reader,
            institution=self._institution,
        )

    def _source(self, key: str, channel: Channel, locale: str) -> tuple[Source, str]:
        for language in (locale, *LOCALES):
            name = (key, channel, language)
            source = self._own.get(name) or defaults().get(name)
            if source is not None:
                return source, language
        raise MissingTemplate(f"Nobody has written {key} for {channel}.")


@dataclass(frozen=True)
class Order:
    """What is written: which kind, for which channel, in which language."""

    definition: Definition
    channel: Channel
    locale: str


def compose(
    order: Order,
    source: Source,
    data: Mapping[str, Any],
    *,
    reader: Reader,
    institution: InstitutionRow,
) -> Wording:
    """The message of a template. Raises ``BrokenTemplate``."""
    definition = order.definition
    try:
        url = page_of(definition, data)
    except (LookupError, ValueError) as problem:
        raise BrokenTemplate(f"{definition.link}: there is no {problem}.") from problem
    leave = "" if definition.is_locked else _way_out(institution, reader, definition)
    names = {**helpers(reader, institution, url=url, unsubscribe=leave), **data}
    zone, locale = reader.zone, order.locale
    subject = engine.rendered(source.title, names, zone=zone, locale=locale)
    title = _short(subject.plain(), MOST_TITLE[order.channel]) or _label(order)
    marked = engine.rendered(source.body, names, zone=zone, locale=locale)
    if order.channel is not Channel.EMAIL:
        body = _short(marked.plain(), MOST_BODY[order.channel])
        return Wording(title, body, "", "", url, source.version)
    html, text = markdown.body_parts(marked)
    mail = layout.Mail(
        locale=locale,
        institution=institution.name,
        title=title,
        html=html,
        text=text,
        url=url,
        button=button_of(definition.key, locale),
        unsubscribe_url=leave,
    )
    footer = layout.footer_of(definition.key, locale, institution.name)
    return Wording(
        title, "", layout.html_of(mail, footer), layout.text_of(mail, footer), url, source.version
    )


def helpers(
    reader: Reader, institution: InstitutionRow, *, url: str, unsubscribe: str
) -> dict[str, Any]:
    """The names that every template may use besides its payload's."""
    return {
        "firstName": reader.first_name,
        "institutionName": institution.name,
        "unsubscribeUrl": unsubscribe,
        "url": url,
    }


def _way_out(institution: InstitutionRow, reader: Reader, definition: Definition) -> str:
    return unsubscribe_url(institution.id, reader.person_id, definition.key)


def _label(order: Order) -> str:
    """What stands for a title that came out empty: nobody opens a message without one."""
    with translation.override(order.locale):
        return str(order.definition.label)


def _short(text: str, most: int) -> str:
    """One line of at most so many letters, cut between words where it can be."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    word_end = cut.rfind(" ")
    return (cut[:word_end] if word_end > most // 2 else cut).rstrip() + "…"
