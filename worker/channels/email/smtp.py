"""E-mail through an SMTP server (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from time import monotonic
from typing import Final
from urllib.parse import unquote, urlsplit

from worker.channels.details import plain
from worker.channels.email.message import Email
from worker.channels.email.mime import build, one_line
from worker.channels.outcomes import Accepted, Later, Outcome, Rejected

PROVIDER: Final = "SMTP"

_ENHANCED: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_POLICY: Final = re.compile(r"relay|block|spam|policy|denied|auth|reputation", re.IGNORECASE)
"""Replies of servers without enhanced codes that aren't about the address."""


class _LostError(Exception):
    """The connection ended or timed out before anything of a message was sent."""


class _RefusedError(Exception):
    """A reply that ends an attempt."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Smtp:
    """A sender with a persistent connection. For one thread at a time.

    ``url`` is ``smtp://user:password@host:587`` (STARTTLS where it is offered) or ``smtps://``.
    ``timeout`` is for each step, in seconds. The message isn't sent to a server that needed twice
    as long for the steps before it: an attempt ends within five times ``timeout``.
    """

    def __init__(self, url: str, timeout: float, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("An SMTP address is smtp://host:port or smtps://host:port.")
        self._is_tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._is_tls else 587)
        self._login = (unquote(parts.username or ""), unquote(parts.password or ""))
        self._timeout = timeout
        self._tls = tls
        self._server: smtplib.SMTP | None = None
        self._began = 0.0

    def close(self) -> None:
        """Close the connection."""
        server, self._server = self._server, None
        if server:
            with suppress(OSError):
                server.putcmd("QUIT")  # its answer is of no use to us
            server.close()

    def send(self, email: Email) -> Outcome:
        """Send one message. Never raises for faults of the server or the network."""
        was_open = self._server is not None
        self._began = monotonic()
        try:
            try:
                return self._attempt(email)
            except _LostError:
                if not was_open:
                    raise
                # It idled out, or the server takes so many a connection: nothing was sent yet.
                return self._attempt(email)
        except _RefusedError as refused:
            return refused.outcome
        except _LostError as lost:
            return Later("unreachable", plain(str(lost)), PROVIDER)

    def _attempt(self, email: Email) -> Outcome:
        server = self._server or self._connect()
        sender, recipient = _addresses(server, email)
        # Headers have the envelope's addresses: without SMTPUTF8 they are ASCII too.
        reply_to = _address(email.reply_to, international=False) or ""
        email = replace(email, from_address=sender, to_address=recipient, reply_to=reply_to)
        more: tuple[tuple[str, str], ...] = ()
        if self._host.endswith("resend.com"):  # which honours the key over SMTP too
            more = (("Resend-Idempotency-Key", email.idempotency_key),)
        message = build(email, more=more)
        try:
            self._envelope(server, sender, recipient)
        except _RefusedError:
            self._tidy(server)
            raise
        return self._deliver(server, message)

    def _envelope(self, server: smtplib.SMTP, sender: str, recipient: str) -> None:
        """Sender, recipient and DATA: in one packet where the server allows (RFC 2920)."""
        options = _options(server, sender + recipient)
        commands = [f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{recipient}>", "DATA"]
        together = server.has_extn("pipelining")
        replies: list[tuple[int, str]] = []
        if together:
            self._send_line(server, "\r\n".join(commands) + "\r\n")
        for command in commands:
            if not together:
                self._send_line(server, f"{command}\r\n")
            try:
                replies.append(self._reply(server, data=command == "DATA"))
            except _LostError:
                if found := _bad(replies):  # it refused, and closed the connection
                    raise _RefusedError(found) from None
                raise
            if not together and _bad(replies):
                break
        found = _bad(replies)
        if not found:
            return
        if len(replies) == 3 and replies[2][0] == 354:  # it waits for a message without recipients
            with suppress(_LostError):
                self._send_line(server, ".\r\n")
                self._reply(server)
        raise _RefusedError(found)

    def _deliver(self, server: smtplib.SMTP, message: bytes) -> Outcome:
        self._check_deadline()
        try:
            server.send(message.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            code, said = server.getreply()
        except OSError as error:  # smtplib's own are a kind of it
            self._drop()
            return Later("no_reply", type(error).__name__, PROVIDER, maybe_accepted=True)
        text = said.decode("utf-8", "replace")
        if 200 <= code < 300:
            return Accepted(PROVIDER, one_line(text)[:100])
        if code == 421:
            self._drop()
        if 400 <= code < 500:
            return Later("deferred", plain(f"{code} {text}"), PROVIDER)
        if 500 <= code < 600:
            return Rejected("refused", plain(f"{code} {text}"), PROVIDER)
        lost = self._confused((code, text))
        return Later("no_reply", plain(str(lost)), PROVIDER, maybe_accepted=True)

    def _connect(self) -> smtplib.SMTP:
        self._check_deadline()
        try:
            self._server = server = self._open()
            self._greet(server)
        except ssl.SSLError as error:
            self._drop()
            outcome = Later("misconfigured", plain(f"TLS: {error.reason}"), PROVIDER)
            raise _RefusedError(outcome) from error
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise _RefusedError(_about_us(error.smtp_code, _text(error.smtp_error))) from error
        except smtplib.SMTPServerDisconnected as error:
            self._drop()
            raise _LostError(plain(str(error))) from error
        except smtplib.SMTPException as error:
            self._drop()
            raise _RefusedError(Later("misconfigured", plain(str(error)), PROVIDER)) from error
        except OSError as error:  # of which smtplib's are a kind
            self._drop()
            raise _LostError(plain(str(error))) from error
        except ValueError as error:  # a host or a password that smtplib can't write
            self._drop()
            outcome = Later("misconfigured", type(error).__name__, PROVIDER)
            raise _RefusedError(outcome) from error
        except (_LostError, _RefusedError):
            self._drop()
            raise
        return server

    def _open(self) -> smtplib.SMTP:
        if self._is_tls:
            context = self._tls or ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _greet(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self._is_tls and server.has_extn("starttls"):
            self._check_deadline()
            server.starttls(context=self._tls or ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
        user, password = self._login
        if not user:
            return
        if not isinstance(server.sock, ssl.SSLSocket) and not _is_here(server.sock):
            # An attacker who strips STARTTLS from the reply would read the password.
            raise _RefusedError(Later("misconfigured", "The server offers no TLS.", PROVIDER))
        self._check_deadline()
        server.login(user, password)

    def _tidy(self, server: smtplib.SMTP) -> None:
        """Forget a transaction that was refused; the connection serves the next."""
        if self._server is None:
            return
        try:
            self._send_line(server, "RSET\r\n")
            code, _ = self._reply(server)
        except (_LostError, _RefusedError):
            return
        if code >= 400:
            self._drop()

    def _check_deadline(self) -> None:
        """Raise ``_LostError`` if there is no time left to send the message."""
        if monotonic() - self._began > 2 * self._timeout:
            self._drop()  # so that the server forgets the envelope
            raise _LostError("The server is too slow.")

    def _confused(self, said: tuple[int, str]) -> _LostError:
        """Close a connection with unexpected replies: the next message would read them."""
        self._drop()
        return _LostError(f"{said[0]} {said[1]}")

    def _send_line(self, server: smtplib.SMTP, lines: str) -> None:
        self._check_deadline()
        try:
            server.send(lines.encode())
        except OSError as error:  # smtplib's own are a kind of it
            self._drop()
            raise _LostError(type(error).__name__) from error

    def _reply(self, server: smtplib.SMTP, *, data: bool = False) -> tuple[int, str]:
        """Read a reply: positive (354 to DATA) or a refusal. Raises ``_LostError``."""
        try:
            code, said = server.getreply()
        except OSError as error:  # smtplib's own are a kind of it
            self._drop()
            raise _LostError(type(error).__name__) from error
        if code == 421:  # it closes: too long idle, or enough for one connection
            self._drop()
            raise _LostError(f"{code} {_text(said)}")
        if code < 400 and (code != 354 if data else code >= 300 or code < 200):
            raise self._confused((code, _text(said)))
        return code, _text(said)

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server:
            server.close()


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _is_here(connected: socket.socket | None) -> bool:
    """Return True if the server is this machine, where nobody can listen in."""
    return connected is not None and ip_address(connected.getpeername()[0]).is_loopback


def _addresses(server: smtplib.SMTP, email: Email) -> tuple[str, str]:
    """Return sender and recipient as the server takes them."""
    found = []
    for address in (email.from_address, email.to_address):
        known = _address(address, international=server.has_extn("smtputf8"))
        if known is None:
            if address is email.from_address:
                raise _RefusedError(Later("misconfigured", "The sender's address.", PROVIDER))
            raise _RefusedError(Rejected("invalid_address", "", PROVIDER))
        found.append(known)
    return found[0], found[1]


def _address(address: str, *, international: bool) -> str | None:
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain or re.search(r"[\x00-\x20\x7f<>]", address.strip()):
        return None
    if address.isascii() or (international and not local.isascii()):
        return address.strip()
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    return f"{local}@{domain}" if local.isascii() else None


def _options(server: smtplib.SMTP, addresses: str) -> str:
    return "" if addresses.isascii() or not server.has_extn("smtputf8") else " SMTPUTF8"


def _bad(replies: list[tuple[int, str]]) -> Outcome | None:
    """Return the outcome of the first reply that refuses; None if there is none yet."""
    for stage, (code, text) in enumerate(replies):
        if code < 400:
            continue
        if code < 500:
            return Later("deferred", plain(f"{code} {text}"), PROVIDER)
        if stage == 1:
            return _about_recipient(code, text)
        return _about_us(code, text)
    return None


def _about_us(code: int, text: str) -> Later:
    """Return the outcome of a refusal that isn't about the recipient."""
    detail = plain(f"{code} {text}")
    if 400 <= code < 500:
        return Later("deferred", detail, PROVIDER)
    return Later("misconfigured", detail, PROVIDER)


def _about_recipient(code: int, text: str) -> Rejected:
    """Return a permanent refusal at RCPT, with ``bad_address`` if the address itself is dead.

    The enhanced code (RFC 3463) decides where there is one: 5.1.x is the address, except that
    5.1.7 and 5.1.8 are the sender's; 5.0.x is undefined; all others are mailboxes that are full
    or closed, and policy.
    """
    detail = plain(f"{code} {text}")
    enhanced = _ENHANCED.match(text)
    kind = enhanced.group(1) if enhanced else "5.0.0"
    if kind in {"5.1.7", "5.1.8"} or (kind.startswith("5.0.") and _POLICY.search(text)):
        return Rejected("refused", detail, PROVIDER)
    if kind.startswith("5.1.") or (kind.startswith("5.0.") and code in {550, 551, 553}):
        return Rejected("invalid_address", detail, PROVIDER, bad_address=True)
    return Rejected("refused", detail, PROVIDER)
