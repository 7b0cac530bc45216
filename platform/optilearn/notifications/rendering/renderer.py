"""Render a message for a reader."""

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
from optilearn.notifications.rendering import engine, layout, markdown
from optilearn.notifications.rendering.errors import (
    BrokenTemplateError,
    MissingTemplateError,
)
from optilearn.notifications.rendering.reader import LOCALES, Reader, language_of
from optilearn.notifications.rendering.sources import TemplateSource, button_of, defaults

MAX_TITLE: Final = {Channel.EMAIL: 200, Channel.PUSH: 100, Channel.IN_APP: 140}
"""Characters of a subject or title; longer ones are cut."""
MAX_BODY: Final = {Channel.PUSH: 240, Channel.IN_APP: 500}
"""Characters of a short body; a device shows fewer, and the whole push has to fit in 4 KB."""


@dataclass(frozen=True)
class RenderedMessage:
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


class Renderer:
    """Renders messages for the readers of one institution, with the templates active now."""

    def __init__(self, institution: InstitutionRow) -> None:
        """Read the institution's templates in one query, inside its context."""
        self._institution = institution
        rows = MessageTemplate.objects.filter(is_active=True).values_list(
            "key", "channel", "locale", "title", "body", "version"
        )
        self._own = {
            (key, Channel(channel), locale): TemplateSource(title, body, version)
            for key, channel, locale, title, body, version in rows
        }

    def render(
        self, key: str, channel: Channel, data: Mapping[str, Any], reader: Reader
    ) -> RenderedMessage:
        """Render the message of a key in the reader's language; deterministic.

        Raises ``MissingTemplateError`` and ``BrokenTemplateError``.
        """
        locale = language_of(reader.locale, self._institution.locale)
        source, written_in = self._source(key, channel, locale)
        return compose(
            RenderRequest(definition_of(key), channel, written_in),
            source,
            data,
            reader=reader,
            institution=self._institution,
        )

    def _source(self, key: str, channel: Channel, locale: str) -> tuple[TemplateSource, str]:
        for language in (locale, *LOCALES):
            name = (key, channel, language)
            source = self._own.get(name) or defaults().get(name)
            if source is not None:
                return source, language
        raise MissingTemplateError(f"Nobody has written {key} for {channel}.")


@dataclass(frozen=True)
class RenderRequest:
    """A request to render: key, channel and language."""

    definition: Definition
    channel: Channel
    locale: str


def compose(
    request: RenderRequest,
    source: TemplateSource,
    data: Mapping[str, Any],
    *,
    reader: Reader,
    institution: InstitutionRow,
) -> RenderedMessage:
    """Render a template. Raises ``BrokenTemplateError``."""
    definition = request.definition
    try:
        url = page_of(definition, data)
    except (LookupError, ValueError) as problem:
        raise BrokenTemplateError(f"{definition.link}: there is no {problem}.") from problem
    unsubscribe = "" if definition.is_locked else _unsubscribe_url(institution, reader, definition)
    names = {**helpers(reader, institution, url=url, unsubscribe=unsubscribe), **data}
    zone, locale = reader.zone, request.locale
    subject = engine.rendered(source.title, names, zone=zone, locale=locale)
    title = _shorten(subject.plain(), MAX_TITLE[request.channel]) or _label(request)
    marked = engine.rendered(source.body, names, zone=zone, locale=locale)
    if request.channel is not Channel.EMAIL:
        body = _shorten(marked.plain(), MAX_BODY[request.channel])
        return RenderedMessage(title, body, "", "", url, source.version)
    html, text = markdown.body_parts(marked)
    mail = layout.Mail(
        locale=locale,
        institution=institution.name,
        title=title,
        html=html,
        text=text,
        url=url,
        button=button_of(definition.key, locale),
        unsubscribe_url=unsubscribe,
    )
    footer = layout.footer_of(definition.key, locale, institution.name)
    return RenderedMessage(
        title, "", layout.html_of(mail, footer), layout.text_of(mail, footer), url, source.version
    )


def helpers(
    reader: Reader, institution: InstitutionRow, *, url: str, unsubscribe: str
) -> dict[str, Any]:
    """Return the names that every template may use besides its payload's."""
    return {
        "firstName": reader.first_name,
        "institutionName": institution.name,
        "unsubscribeUrl": unsubscribe,
        "url": url,
    }


def _unsubscribe_url(institution: InstitutionRow, reader: Reader, definition: Definition) -> str:
    return unsubscribe_url(institution.id, reader.person_id, definition.key)


def _label(request: RenderRequest) -> str:
    """Return the label, for a title that is empty when rendered."""
    with translation.override(request.locale):
        return str(request.definition.label)


def _shorten(text: str, limit: int) -> str:
    """Return one line of at most ``limit`` characters, cut between words where possible."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    word_end = cut.rfind(" ")
    return (cut[:word_end] if word_end > limit // 2 else cut).rstrip() + "…"
