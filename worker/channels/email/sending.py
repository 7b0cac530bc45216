"""Choice of the provider of an e-mail, so that nobody gets it twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from worker.channels.email import resend as resend_api
from worker.channels.email import smtp as smtp_server
from worker.channels.email.message import Email
from worker.channels.email.resend import Resend
from worker.channels.outcomes import Later, Outcome

RESEND: Final = resend_api.PROVIDER
SMTP: Final = smtp_server.PROVIDER

_SURELY_NOT_ACCEPTED: Final = frozenset({"unreachable", "misconfigured", "quota_exceeded"})
"""After these the other provider is asked at once. ``rate_limited`` isn't one of them: it ends
within seconds, and the other provider would get the whole burst.
A quota lasts until tomorrow or next month, which is too long to wait."""


class Server(Protocol):
    """An SMTP server or a stand-in for one."""

    def send(self, email: Email) -> Outcome:
        """Send one message."""

    def close(self) -> None:
        """Close the connection."""


class EmailSender:
    """Resend first, SMTP in its stead. For one thread at a time."""

    def __init__(self, resend: Resend | None, smtp: Server | None) -> None:
        self._resend = resend
        self._smtp = smtp

    def close(self) -> None:
        """Let both connections go."""
        for sender in (self._resend, self._smtp):
            if sender:
                sender.close()

    def send(
        self, email: Email, *, asked: str, maybe_accepted: bool, before: Callable[[str], None]
    ) -> Outcome:
        """Try to send it once.

        ``asked`` is the provider of earlier attempts (RESEND, SMTP or none). If ``maybe_accepted``,
        it may have accepted the message, and no other provider is asked. ``before`` is called
        with each provider's name before it is asked, so that the caller can record it.
        """
        if not self._may_ask_resend(asked, maybe_accepted):
            return self._by_smtp(email, before)
        if self._resend is None:
            return Later("misconfigured", "No provider of e-mail is configured.")
        before(RESEND)
        outcome = self._resend.send(email)
        if self._smtp and not maybe_accepted and _falls_back(outcome):
            before(SMTP)
            return self._smtp.send(email)
        return outcome

    def _may_ask_resend(self, asked: str, maybe: bool) -> bool:  # noqa: FBT001 - our own call
        if self._smtp is None:
            # What SMTP surely didn't take may go by what there is now.
            return not (asked == SMTP and maybe)
        return asked != SMTP and (self._resend is not None or (asked == RESEND and maybe))

    def _by_smtp(self, email: Email, before: Callable[[str], None]) -> Outcome:
        if self._smtp is None:
            return Later("misconfigured", "SMTP may have it, and isn't configured any more.", SMTP)
        before(SMTP)
        return self._smtp.send(email)


def _falls_back(outcome: Outcome) -> bool:
    return (
        isinstance(outcome, Later)
        and not outcome.maybe_accepted
        and outcome.reason in _SURELY_NOT_ACCEPTED
    )
