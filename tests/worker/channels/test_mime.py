"""What we write is read back by the standard library's parser."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.worker.channels.mails import UNSUBSCRIBE, mail
from worker.channels.email.message import Attachment, Email
from worker.channels.email.mime import build, one_line

HINDI = "आपका परिणाम तैयार है: बीजगणित, प्रश्नोत्तरी दो, अठारह में से बीस अंक मिले"


def read(email: Email) -> EmailMessage:
    raw = build(email)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert max((len(line) for line in lines if b"=?utf-8" in line), default=0) <= 76  # RFC 2047
    return message_from_bytes(raw, policy=policy.default)


def parts(message: EmailMessage) -> dict[str, str]:
    found = {}
    for part in message.iter_parts():
        assert isinstance(part, EmailMessage)
        assert part.get_content_charset() == "utf-8"
        found[part.get_content_type()] = part.get_content().replace("\r\n", "\n")
    return found


def test_headers_and_both_parts() -> None:
    message = read(mail())
    assert not message.defects
    assert message.get_content_type() == "multipart/alternative"
    assert message["From"] == "Springdale School <no-reply@learn.example.org>"
    assert message["To"].addresses[0].addr_spec == "lena1@example.test"
    assert message["Subject"] == "New lesson: Fractions 1"
    assert message["Message-ID"] == "<1.delivery@learn.example.org>"
    assert message["Reply-To"] == "office@springdale.example"
    assert message["Date"].datetime.tzinfo is not None
    assert message["MIME-Version"] == "1.0"
    for name, value in UNSUBSCRIBE.items():
        assert message.get_all(name) == [value]
    assert list(parts(message)) == ["text/plain", "text/html"]  # the best one last
    assert parts(message)["text/plain"] == mail().text


def test_hindi_names_subjects_and_texts() -> None:
    message = read(mail(subject=HINDI, to_name="मीरा शाह", from_name="वसंत विद्यालय", text=HINDI * 9))
    assert message["Subject"] == HINDI
    assert message["To"].addresses[0].display_name == "मीरा शाह"
    assert message["From"].addresses[0].display_name == "वसंत विद्यालय"
    assert parts(message)["text/plain"].rstrip() == HINDI * 9
    assert message.get_payload()[0]["Content-Transfer-Encoding"] == "base64"  # type: ignore[index]


def test_a_long_line_and_a_few_letters_are_quoted_printable() -> None:
    message = read(mail(html="<p>Café</p>" + "x" * 3_000, text="a" * 2_000 + "\r\nb  \nc\r"))
    assert parts(message)["text/html"].rstrip() == "<p>Café</p>" + "x" * 3_000
    assert parts(message)["text/plain"].rstrip() == "a" * 2_000 + "\nb  \nc"
    for part in message.get_payload():
        assert part["Content-Transfer-Encoding"] == "quoted-printable"  # type: ignore[index]


@pytest.mark.parametrize("field", ["subject", "to_name", "from_name", "to_address", "reply_to"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\u2028", "\x85", "\0"])
def test_no_header_can_be_smuggled_in(field: str, end: str) -> None:
    smuggled: dict[str, Any] = {field: f"x{end}Bcc: eve@example.test{end}{end}body"}
    message = read(mail(**smuggled))
    assert "Bcc" not in message
    assert len(parts(message)) == 2


def test_not_in_a_header_of_ours_either() -> None:
    message = read(mail(headers={"X-School": "one\r\nBcc: eve@example.test"}))
    assert "Bcc" not in message
    with pytest.raises(ValueError, match="header's name"):
        build(mail(headers={"X-A: b\r\nBcc": "eve"}))


def test_names_with_quotes_and_words_that_look_encoded() -> None:
    message = read(mail(to_name='Lena "Lu\\" Weber, <x>', subject="=?utf-8?b?eA==?= is no word"))
    assert message["To"].addresses[0].display_name == 'Lena "Lu\\" Weber, <x>'
    assert message["To"].addresses[0].addr_spec == "lena1@example.test"
    assert message["Subject"] == "=?utf-8?b?eA==?= is no word"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(subject=TEXT, name=TEXT, text=TEXT)
@example(subject="x" * 3_000, name='"' * 890, text="\n.\n..\n")
@example(subject="प" * 300, name="प" * 300, text="")
def test_any_text_comes_through(subject: str, name: str, text: str) -> None:
    message = read(mail(subject=subject, to_name=name, text=text, html=text))
    assert " ".join(str(message["Subject"]).split()) == " ".join(one_line(subject).split())
    assert message["To"].addresses[0].addr_spec == "lena1@example.test"
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    found = parts(message)["text/plain"].replace("\r\n", "\n").replace("\r", "\n")
    assert found.rstrip("\n") == expected.rstrip("\n")


NAMES = [
    "Grades 2026-11-30.xlsx",
    "अंक 2026-11-30.csv",
    'a"b;c\\d.csv',
    "x/../y.csv",
    "r\r\nX: y.csv",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", bytes(range(256)) * 40])
def test_files_come_through_as_they_are(name: str, content: bytes) -> None:
    attached = Attachment(name, "text/csv", content)
    message = read(mail(attachments=[attached, Attachment("2.pdf", "application/pdf", b"%PDF")]))
    assert not message.defects
    assert message.get_content_type() == "multipart/mixed"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").strip() == mail().text.strip()
    first, second = message.iter_attachments()
    assert first.get_filename() == one_line(name).replace("/", "-")
    assert (first.get_content_type(), first.get_payload(decode=True)) == ("text/csv", content)
    assert (second.get_filename(), second.get_payload(decode=True)) == ("2.pdf", b"%PDF")
