"""The layout of every e-mail: one accessible page that all mail programs can show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.notifications.definitions import Definition
from optilearn.notifications.links import absolute
from optilearn.notifications.registry import definition_of

PREFERENCES: Final = "/settings/notifications"
"""The page of a person's notification preferences."""
_FONT: Final = (
    "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans Devanagari',"
    "Helvetica,Arial,sans-serif"
)
_HEAD: Final = """<!DOCTYPE html>
<html lang="{lang}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
.page {{ background: #0f172a !important; }}
.card {{ background: #1e293b !important; color: #f1f5f9 !important; }}
.quiet, .quiet a {{ color: #cbd5e1 !important; }}
.link {{ color: #93c5fd !important; }}
.button {{ background: #93c5fd !important; color: #0f172a !important; }}
}}
</style>
</head>
"""
_OPEN: Final = (
    '<body class="page" style="margin:0;padding:0;background:#f1f5f9">\n'
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">'
    '<tr><td align="center" style="padding:24px 12px">\n'
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
    'style="max-width:560px">\n'
    f'<tr><td class="quiet" style="padding:0 8px 12px;{_FONT};font-size:14px;line-height:20px;'
    'color:#475569">{institution}</td></tr>\n'
    f'<tr><td class="card" style="padding:28px 24px;background:#ffffff;border-radius:8px;{_FONT};'
    'font-size:16px;line-height:24px;color:#0f172a">\n<main>\n'
)
_BUTTON: Final = (
    '<p style="margin:24px 0 4px"><a class="button" href="{url}" '
    'style="display:inline-block;padding:12px 20px;background:#1d4ed8;color:#ffffff;'
    'border-radius:6px;font-weight:600;text-decoration:none">{label}</a></p>\n</main>\n</td></tr>\n'
)
_FOOT: Final = (
    f'<tr><td class="quiet" style="padding:16px 8px;{_FONT};font-size:13px;line-height:20px;'
    'color:#475569">\n<footer>{sentences}</footer>\n</td></tr>\n'
    "</table>\n</td></tr></table>\n</body>\n</html>\n"
)
_LINK: Final = '<a class="link" href="{href}" style="color:#1d4ed8">{label}</a>'


@dataclass(frozen=True)
class Footer:
    """The footer's texts in a language: the reason for the e-mail, and links to stop it."""

    why: str
    preferences: str
    unsubscribe: str
    """Empty where nobody can turn it off."""


@lru_cache(maxsize=4096)
def footer_of(key: str, locale: str, institution: str) -> Footer:
    """Return the footer of a key's e-mails."""
    definition: Definition = definition_of(key)
    names = {"institution": institution, "label": ""}
    with translation.override(locale):
        names["label"] = str(definition.label)
        if definition.is_locked:
            why = _(
                "%(institution)s sent you this (%(label)s). It can't be turned off, because it is "
                "too important to miss."
            )
        else:
            why = _(
                "%(institution)s sent you this because you get e-mails of this kind (%(label)s)."
            )
        return Footer(
            why=why % names,
            preferences=_("Change your notifications"),
            unsubscribe="" if definition.is_locked else _("Stop e-mails of this kind"),
        )


@dataclass(frozen=True)
class Mail:
    """The parts that the layout shows; ``html`` and ``text`` are the body."""

    locale: str
    institution: str
    title: str
    html: str
    text: str
    url: str
    button: str
    unsubscribe_url: str


def html_of(mail: Mail, footer: Footer) -> str:
    """Return the HTML part."""
    return "".join(
        (
            _HEAD.format(lang=mail.locale, title=escape(mail.title)),
            _OPEN.format(institution=escape(mail.institution)),
            mail.html,
            _BUTTON.format(url=escape(mail.url), label=escape(mail.button)),
            _FOOT.format(sentences=_sentences(mail, footer)),
        )
    )


def _sentences(mail: Mail, footer: Footer) -> str:
    links = [(absolute(PREFERENCES), footer.preferences)]
    if footer.unsubscribe:
        links.append((mail.unsubscribe_url, footer.unsubscribe))
    written = [_LINK.format(href=escape(href), label=escape(label)) for href, label in links]
    return f"{escape(footer.why)}<br>{' &middot; '.join(written)}"


def text_of(mail: Mail, footer: Footer) -> str:
    """Return the plain part, with the same links."""
    lines = [
        mail.text.rstrip(),
        "",
        f"{mail.button}: {mail.url}",
        "",
        "-- ",
        footer.why,
        f"{footer.preferences}: {absolute(PREFERENCES)}",
    ]
    if footer.unsubscribe:
        lines.append(f"{footer.unsubscribe}: {mail.unsubscribe_url}")
    return "\n".join(lines) + "\n"
