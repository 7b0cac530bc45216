"""An e-mail as bytes (RFC 5322, 2045 to 2047).

Written by hand: the standard library's ``EmailMessage`` takes a millisecond for each, most of it
for folding headers that need none. Tests parse the result with the library's parser.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Sequence
from email.utils import formatdate
from typing import Final
from urllib.parse import quote

from worker.channels.email.message import Attachment, Email

_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_LINE_END_BYTES: Final = re.compile(rb"\r?\n")
"""Break lines by CRLF: ``binascii`` uses the first kind of line end that it finds."""
_NAME: Final = re.compile(r"[!-9;-~]+")
_LONGEST: Final = 900
"""Of a line, in bytes; 998 is the limit of RFC 5322."""
_LONGEST_NAME: Final = 200
"""Maximum of a quoted name that is on one line with its address."""
_WORD: Final = 39
"""Bytes in one encoded word: 52 characters of base64, 64 with what is around it. A line with such
words has 76 at most (RFC 2047 §2), the header's name among them."""


def one_line(text: str) -> str:
    """Return the text as a header may hold it: no line ends, no control characters."""
    return _CONTROLS.sub(" ", text).strip()


def quoted(text: str) -> str:
    """Return a quoted string of RFC 5322."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def build(email: Email, *, more: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Return the message, lines ended by CRLF.

    ``more`` are headers that only this transport needs. Raises ``ValueError`` for a header's
    name that can't be one.
    """
    boundary = "=_" + hashlib.sha256(email.message_id.encode()).hexdigest()[:30]
    lines = [
        f"From: {_mailbox(email.from_name, email.from_address)}",
        f"To: {_mailbox(email.to_name, email.to_address)}",
        f"Subject: {_words(one_line(email.subject))}",
        f"Date: {formatdate(usegmt=True)}",
        f"Message-ID: {one_line(email.message_id)}",
    ]
    if email.reply_to:
        lines.append(f"Reply-To: {_mailbox('', email.reply_to)}")
    for name, value in (*email.headers.items(), *more):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} can't be a header's name.")
        lines.append(f"{name}: {_words(one_line(value))}")
    lines.append("MIME-Version: 1.0")
    head = "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n"
    texts = _multipart(
        "alternative",
        boundary,
        [_part("plain", email.text), _part("html", email.html)],
    )
    if not email.attachments:
        return head + texts
    files = [_attached(one) for one in email.attachments]
    return head + _multipart("mixed", f"{boundary}m", [texts, *files])


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Return parts, each with its headers, as one part."""
    edge = boundary.encode()
    content_type = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    joined = b"".join(piece for part in parts for piece in (b"--", edge, b"\r\n", part, b"\r\n"))
    return b"".join((content_type, joined, b"--", edge, b"--\r\n"))


def _attached(one: Attachment) -> bytes:
    """Return a file as a part; its name in every script, as RFC 2231 has it."""
    name = one_line(one.name).replace("/", "-") or "file"
    said = f"={quoted(name)}" if name.isascii() else f"*=utf-8''{quote(name, safe='')}"
    headers = (
        f"Content-Type: {one_line(one.content_type)}\r\n"
        f"Content-Disposition: attachment;\r\n filename{said}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return headers.encode("ascii", "replace") + _base64(one.content)


def _mailbox(name: str, address: str) -> str:
    said, where = one_line(name), one_line(address).replace("<", "").replace(">", "")
    if not said:
        return where
    shown = quoted(said)
    if _is_plain(shown) and len(shown) <= _LONGEST_NAME:
        return f"{shown} <{where}>"
    return f"{_encoded(said)}\r\n <{where}>"


def _words(text: str) -> str:
    return text if _is_plain(text) else _encoded(text)


def _is_plain(text: str) -> bool:
    return text.isascii() and len(text) <= _LONGEST and "=?" not in text


def _encoded(text: str) -> str:
    """Yield encoded words of RFC 2047, each with whole characters."""
    words, word = [], b""
    for letter in text:
        piece = letter.encode("utf-8", "replace")
        if len(word) + len(piece) > _WORD:
            words.append(word)
            word = b""
        word += piece
    words.append(word)
    return "\r\n ".join(
        f"=?utf-8?b?{binascii.b2a_base64(word, newline=False).decode()}?=" for word in words
    )


def _part(subtype: str, text: str) -> bytes:
    """Return a part with its headers."""
    data = _LINE_END.sub("\r\n", text).encode("utf-8", "replace")
    lines_fit = max(map(len, data.split(b"\r\n"))) < _LONGEST
    if lines_fit and data.isascii() and b"\0" not in data:
        encoding, body = b"7bit", data
    elif len(data) > len(text) * 1.3:  # Hindi: base64 is less than half of quoted-printable
        encoding, body = b"base64", _base64(data)
    else:
        encoding, body = b"quoted-printable", _LINE_END_BYTES.sub(b"\r\n", binascii.b2a_qp(data))
    return b"".join(
        (
            b"Content-Type: text/",
            subtype.encode(),
            b'; charset="utf-8"\r\nContent-Transfer-Encoding: ',
            encoding,
            b"\r\n\r\n",
            body,
        )
    )


def _base64(data: bytes) -> bytes:
    """In lines of 76 characters."""
    return b"".join(
        binascii.b2a_base64(data[at : at + 57], newline=False) + b"\r\n"
        for at in range(0, len(data), 57)
    )
