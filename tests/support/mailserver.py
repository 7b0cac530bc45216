"""An SMTP server that keeps what it takes, and can fail at every step."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final, cast

from tests.support.loopback import Faults, Loopback

DROP: Final = "drop"
"""Instead of a reply: the connection ends."""
HANG: Final = "hang"
"""Instead of a reply: silence."""


@dataclass(frozen=True)
class Fault:
    """What is said at a step instead of yes.

    Steps: ``mail``, ``rcpt``, ``data``, ``end`` (after the message, which isn't kept) and
    ``taken`` (after the message, which is kept). ``reply`` is a line, ``DROP`` or ``HANG``.
    """

    step: str
    reply: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One message that was taken."""

    sender: str
    recipient: str
    message_id: str
    at: float
    """Seconds of the epoch."""
    raw: bytes
    """Empty where the server keeps heads only."""

    @property
    def message(self) -> EmailMessage:
        """The message, as the standard library reads it."""
        return message_from_bytes(self.raw, policy=policy.default)


@dataclass
class _Rules:
    """What the server says to everybody."""

    greeting: str = "220 mail.test ESMTP"
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8")
    login: tuple[str, str] | None = None
    refused: dict[str, str] = field(default_factory=dict)
    """Replies to RCPT by address."""


class MailServer(Loopback):
    """Takes mail until the end of the block.

    ``keep_bodies=False`` keeps only who got which Message-ID and when.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        keep_bodies: bool = True,
    ) -> None:
        super().__init__(port=port, tls=tls)
        self.starttls = starttls
        self.keep_bodies = keep_bodies
        self.mails: list[Mail] = []
        self.rules = _Rules()
        self.faults: Faults[Fault] = Faults()
        """Asked once for each MAIL command, with the sender's address."""

    @property
    def url(self) -> str:
        """Its address."""
        user = "{}:{}@".format(*self.rules.login) if self.rules.login else ""
        return f"{'smtps' if self._tls else 'smtp'}://{user}127.0.0.1:{self.port}"

    def refuse(self, addresses: Iterable[str], reply: str = "550 5.1.1 No such user") -> None:
        """Answer RCPT for these so."""
        self.rules.refused.update(dict.fromkeys(addresses, reply))

    def protocol(self) -> asyncio.Protocol:
        return _Session(self)


class _Session(asyncio.Protocol):
    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._is_secure = False
        self._is_silent = False
        self._in_data = False
        self._said_yes = False
        self._fault: Fault | None = None
        self._sender = self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.opened(transport)
        if not self._is_secure:
            greeting = self._server.rules.greeting
            self._say(greeting)
            if not greeting.startswith("220") and not self._is_silent:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.closed(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._is_silent:
            return
        self._buffer += data
        while self._transport and not self._transport.is_closing() and not self._is_silent:
            if self._in_data:
                if not self._take():
                    return
                continue
            line, found, rest = self._buffer.partition(b"\r\n")
            if not found:
                return
            self._buffer = bytearray(rest)
            self._command(line.decode("utf-8", "replace"))

    def _say(self, *lines: str) -> None:
        if self._transport is None:
            return
        if lines[0] == DROP:
            self._transport.abort()
        elif lines[0] == HANG:
            self._is_silent = True
        else:
            self._transport.write(("\r\n".join(lines) + "\r\n").encode())

    def _command(self, line: str) -> None:
        verb = line[:4].upper()
        steps = {
            "EHLO": lambda: self._say(*self._hello()),
            "AUTH": lambda: self._say(self._login(line)),
            "MAIL": lambda: self._mail(_address(line)),
            "RCPT": lambda: self._rcpt(_address(line)),
            "DATA": self._data,
            "STAR": self._upgrade,
            "QUIT": self._quit,
        }
        steps.get(verb, self._reset)()

    def _mail(self, sender: str) -> None:
        self._fault = self._server.faults.next(sender)
        self._step("mail", "250 2.1.0 Ok")
        self._sender, self._recipient = sender if self._said_yes else "", ""

    def _rcpt(self, recipient: str) -> None:
        if not self._sender:
            self._say("503 5.5.1 MAIL first")
            return
        self._step("rcpt", self._server.rules.refused.get(recipient, "250 2.1.5 Ok"))
        if self._said_yes:
            self._recipient = recipient

    def _reset(self) -> None:
        self._sender = self._recipient = ""
        self._say("250 2.0.0 Ok")

    def _quit(self) -> None:
        self._say("221 Bye")
        if self._transport:
            self._transport.close()

    def _hello(self) -> list[str]:
        offered = ["mail.test", *self._server.rules.extensions]
        if self._server.starttls and not self._is_secure:
            offered.append("STARTTLS")
        if self._server.rules.login:
            offered.append("AUTH PLAIN")
        return [f"250-{name}" for name in offered[:-1]] + [f"250 {offered[-1]}"]

    def _login(self, line: str) -> str:
        sent = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        login = self._server.rules.login
        return "235 2.7.0 Ok" if tuple(sent[1:]) == login else "535 5.7.8 Wrong"

    def _step(self, step: str, usual: str) -> None:
        fault = self._fault
        reply = fault.reply if fault and fault.step == step else usual
        self._said_yes = reply.startswith("2")
        self._say(reply)

    def _data(self) -> None:
        if not self._recipient:
            self._say("503 5.5.1 No recipient")
            return
        if self._fault and self._fault.step == "data":
            self._say(self._fault.reply)
            return
        self._in_data = True
        self._say("354 Go on")

    def _take(self) -> bool:
        """Take the message if all of it is here."""
        if self._buffer.startswith(b".\r\n"):
            end, size = 0, 3
        else:
            end = self._buffer.find(b"\r\n.\r\n")
            size = end + 5
            if end < 0:
                return False
        raw = bytes(self._buffer[: end + 2])
        del self._buffer[:size]
        self._in_data = False
        if not self._fault or self._fault.step != "end":
            self._keep(raw)
        step = self._fault.step if self._fault and self._fault.step == "end" else "taken"
        self._step(step, "250 2.0.0 Ok: queued as 1")
        self._sender = self._recipient = ""
        return True

    def _keep(self, raw: bytes) -> None:
        at = raw.find(b"Message-ID: ")
        message_id = raw[at + 12 : raw.find(b"\r\n", at)].decode() if at >= 0 else ""
        kept = raw.replace(b"\r\n..", b"\r\n.") if self._server.keep_bodies else b""
        self._server.mails.append(
            Mail(self._sender, self._recipient, message_id, time.time(), kept)
        )

    def _upgrade(self) -> None:
        transport, context = self._transport, self._server.starttls
        assert transport is not None
        assert context is not None
        self._say("220 Go on")
        self._is_secure = True

        async def secure() -> None:
            loop = asyncio.get_running_loop()
            made = await loop.start_tls(transport, self, context, server_side=True)
            self._transport = cast(asyncio.Transport, made)

        self._task = asyncio.get_running_loop().create_task(secure())


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
