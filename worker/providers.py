"""The providers of this installation as configured, one of each in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

from worker.channels.email.folder import Folder
from worker.channels.email.resend import Resend
from worker.channels.email.sending import RESEND, SMTP, EmailSender, Server
from worker.channels.email.smtp import Smtp
from worker.channels.push.fcm import Fcm

PER_SECOND: Final = {
    RESEND: settings.RESEND_PER_SECOND,
    SMTP: settings.SMTP_PER_SECOND,
    "FCM": settings.FCM_PER_SECOND,
}


def first_for_email() -> str:
    """Return the provider that is asked first for e-mail; empty if none is configured."""
    if settings.RESEND_API_KEY:
        return RESEND
    return SMTP if settings.SMTP_URL else ""


@cache
def email_sender() -> EmailSender:
    """Return the sender of e-mails; it keeps its connections."""
    seconds = float(settings.PROVIDER_SECONDS)
    key, url = settings.RESEND_API_KEY, settings.SMTP_URL
    resend = Resend(key, settings.RESEND_URL, seconds) if key else None
    return EmailSender(resend, _server(url, seconds) if url else None)


def _server(url: str, seconds: float) -> Server:
    parts = urlsplit(url)
    return Folder(Path(unquote(parts.path))) if parts.scheme == "file" else Smtp(url, seconds)


@cache
def push_sender() -> Fcm | None:
    """Return the sender of pushes; None if none is configured."""
    if not settings.FIREBASE_CREDENTIALS:
        return None
    seconds = float(settings.PROVIDER_SECONDS)
    return Fcm(settings.FIREBASE_CREDENTIALS, settings.FCM_URL, seconds)
