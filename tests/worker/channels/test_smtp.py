"""SMTP's answers at every step, each given by a real server on loopback."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.mailserver import DROP, HANG, Fault, MailServer, _Session
from tests.worker.channels.mails import mail
from worker.channels.email.smtp import Smtp
from worker.channels.outcomes import Accepted, Later, Outcome, Rejected


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture(params=["pipelining", "step by step"])
def smtp(server: MailServer, timeout: float, request: pytest.FixtureRequest) -> Iterator[Smtp]:
    if request.param == "step by step":
        server.rules.extensions = ()
    made = Smtp(server.url, timeout)
    yield made
    made.close()


def test_a_message_and_its_envelope(server: MailServer, smtp: Smtp) -> None:
    assert isinstance(smtp.send(mail()), Accepted)
    (taken,) = server.mails
    assert (taken.sender, taken.recipient) == ("no-reply@learn.example.org", "lena1@example.test")
    assert taken.message_id == "<1.delivery@learn.example.org>"
    body = taken.message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == mail().text  # lines of dots come through
    assert taken.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Resend-Idempotency-Key" not in taken.message


def test_one_connection_serves_all(server: MailServer, smtp: Smtp) -> None:
    server.refuse(["lena3@example.test"])
    kinds = [type(smtp.send(mail(number))) for number in range(6)]
    assert kinds == [Accepted, Accepted, Accepted, Rejected, Accepted, Accepted]
    assert server.connections == 1


def test_a_connection_that_idled_out_is_reopened(server: MailServer, smtp: Smtp) -> None:
    smtp.send(mail(1))
    server.cut()
    assert isinstance(smtp.send(mail(2)), Accepted)
    server.faults.set(Fault("mail", "421 4.4.2 Idle"), times=1)
    assert isinstance(smtp.send(mail(3)), Accepted)
    assert [taken.recipient[4] for taken in server.mails] == ["1", "2", "3"]
    assert server.connections == 3


@pytest.mark.parametrize(
    ("step", "reply", "reason"),
    [
        ("mail", "451 4.3.0 Later", "deferred"),
        ("mail", "550 5.7.1 You may not send", "misconfigured"),
        ("mail", DROP, "unreachable"),
        ("mail", HANG, "unreachable"),
        ("rcpt", "450 4.2.0 Greylisted", "deferred"),
        ("rcpt", DROP, "unreachable"),
        ("data", "451 4.3.0 Later", "deferred"),
        ("data", "554 5.3.0 No", "misconfigured"),
        ("data", HANG, "unreachable"),
        ("end", "452 4.3.1 Full", "deferred"),
        ("end", "421 4.3.2 Going down", "deferred"),
    ],
)
def test_certainly_not_accepted(
    server: MailServer, smtp: Smtp, step: str, reply: str, reason: str
) -> None:
    server.faults.set(Fault(step, reply), times=1)
    outcome = smtp.send(mail())
    assert isinstance(outcome, Later)
    assert (outcome.provider, outcome.reason, outcome.maybe_accepted) == ("SMTP", reason, False)
    assert not server.mails
    assert isinstance(smtp.send(mail()), Accepted)


@pytest.mark.parametrize(
    ("step", "reply", "taken"),
    [("taken", DROP, 1), ("taken", HANG, 1), ("end", DROP, 0), ("end", HANG, 0)],
)
def test_silence_after_the_message_may_mean_yes(
    server: MailServer, smtp: Smtp, step: str, reply: str, taken: int
) -> None:
    smtp.send(mail(0))
    server.faults.set(Fault(step, reply), times=1)
    outcome = smtp.send(mail())
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == ("no_reply", True)
    assert len(server.mails) == 1 + taken  # it wasn't sent once more by itself
    assert isinstance(smtp.send(mail()), Accepted)


@pytest.mark.parametrize(
    ("reply", "is_dead"),
    [
        ("550 5.1.1 No such user <lena1@example.test>", True),
        ("550 No such user here", True),
        ("551 User not local", True),
        ("553 Mailbox name not allowed", True),
        ("553 5.1.3 Bad syntax", True),
        ("554 5.1.10 Null MX", True),
        ("550 5.0.0 Unknown", True),
        ("550 5.1.8 Your domain is unknown", False),
        ("550 5.7.1 Blocked by policy", False),
        ("550 relay not permitted", False),
        ("552 5.2.2 Mailbox full", False),
        ("552 Mailbox full", False),
        ("554 Transaction failed", False),
    ],
)
def test_a_recipient_that_is_refused(
    server: MailServer, smtp: Smtp, reply: str, is_dead: bool
) -> None:
    server.refuse(["lena1@example.test"], reply)
    outcome = smtp.send(mail())
    assert isinstance(outcome, Rejected)
    assert outcome.bad_address is is_dead
    assert outcome.reason == ("invalid_address" if is_dead else "refused")
    assert "lena1" not in outcome.detail
    assert isinstance(smtp.send(mail(2)), Accepted)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("step", "reply"),
    [("mail", "what"), ("mail", "354 Go on"), ("rcpt", ""), ("data", "what"), ("data", "250 Ok")],
)
def test_a_server_that_talks_nonsense_is_not_given_the_message(
    server: MailServer, smtp: Smtp, step: str, reply: str
) -> None:
    server.faults.set(Fault(step, reply), times=1)
    outcome = smtp.send(mail(1))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == ("unreachable", False)
    # The next doesn't read what was meant for the first.
    assert isinstance(smtp.send(mail(2)), Accepted)
    assert [taken.recipient for taken in server.mails] == ["lena2@example.test"]


@pytest.mark.parametrize("reply", ["what", "354 More", ""])
def test_nonsense_after_the_message_may_mean_yes(
    server: MailServer, smtp: Smtp, reply: str
) -> None:
    server.faults.set(Fault("taken", reply), times=1)
    outcome = smtp.send(mail())
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == ("no_reply", True)
    assert isinstance(smtp.send(mail(2)), Accepted)
    assert server.connections == 2


@pytest.mark.parametrize("end", [DROP, "421 4.7.0 Too many errors"])
def test_a_refusal_counts_even_if_the_server_goes_away_with_it(
    server: MailServer, timeout: float, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.refuse(["lena1@example.test"])
    smtp = Smtp(server.url, timeout)
    with monkeypatch.context() as patch:
        patch.setattr(_Session, "_data", lambda session: session._say(end))
        outcome = smtp.send(mail())
    assert isinstance(outcome, Rejected)
    assert outcome.bad_address
    assert isinstance(smtp.send(mail(2)), Accepted)
    smtp.close()


def test_a_message_that_is_refused(server: MailServer, smtp: Smtp) -> None:
    server.faults.set(Fault("end", "554 5.6.0 Not this"))
    outcome = smtp.send(mail())
    assert outcome == Rejected("refused", "554 5.6.0 Not this", "SMTP")


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        ("421 4.3.2 Busy", "deferred"),
        ("554 5.7.1 Not you", "misconfigured"),
        (HANG, "unreachable"),
        (DROP, "unreachable"),
    ],
)
def test_greetings(server: MailServer, smtp: Smtp, greeting: str, reason: str) -> None:
    server.rules.greeting = greeting
    outcome = smtp.send(mail())
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == (reason, False)


def test_a_closed_port(server: MailServer, smtp: Smtp) -> None:
    smtp.send(mail())
    server.stop()
    outcome = smtp.send(mail())
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == ("unreachable", False)
    server.start()
    assert isinstance(smtp.send(mail()), Accepted)


def test_names_and_passwords(server: MailServer) -> None:
    server.rules.login = ("school", "pa55")
    assert isinstance(_sent(server.url), Accepted)
    for wrong in ("wrong", "p%C3%A4ss", "%F0%9F%94%91"):
        outcome = _sent(server.url.replace("pa55", wrong))
        assert isinstance(outcome, Later)
        assert (outcome.reason, outcome.maybe_accepted) == ("misconfigured", False)


@pytest.mark.parametrize(
    ("address", "extensions", "expected"),
    [
        ("lena@müller.test", (), "lena@xn--mller-kva.test"),
        ("मीरा@example.test", ("SMTPUTF8",), "मीरा@example.test"),
        ("मीरा@example.test", (), None),
        ("no address", (), None),
        ("a@b\r\nRCPT TO:<eve@x>", (), None),
        ("a@b> x", (), None),
    ],
)
def test_unusual_addresses(
    server: MailServer, address: str, extensions: tuple[str, ...], expected: str | None
) -> None:
    server.rules.extensions = extensions
    outcome = _sent(server.url, address)
    if expected is None:
        assert outcome == Rejected("invalid_address", "", "SMTP")
        assert not server.mails
    else:
        assert isinstance(outcome, Accepted)
        assert server.mails[0].recipient == expected


def test_heads_are_as_plain_as_the_envelope(server: MailServer) -> None:
    """Without SMTPUTF8 a header holds ASCII only (RFC 6532)."""
    server.rules.extensions = ()
    smtp = Smtp(server.url, 10)
    smtp.send(mail(to_address="lena@müller.test", reply_to="office@müller.test"))
    smtp.send(mail(reply_to="कार्यालय@example.test"))
    smtp.close()
    first, second = server.mails
    assert first.raw.isascii()
    assert first.message["To"].addresses[0].addr_spec == "lena@xn--mller-kva.test"
    assert first.message["Reply-To"] == "office@xn--mller-kva.test"
    assert second.raw.isascii()
    assert "Reply-To" not in second.message


def _sent(url: str, to: str = "lena@example.test", tls: ssl.SSLContext | None = None) -> Outcome:
    smtp = Smtp(url, 10, tls=tls)
    try:
        return smtp.send(mail(to_address=to))
    finally:
        smtp.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize("how", ["smtps", "starttls"])
def test_tls(certificate: Path, how: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = MailServer(tls=context) if how == "smtps" else MailServer(starttls=context)
    server.rules.login = ("school", "pa55")
    with server:
        trusting = ssl.create_default_context(cafile=str(certificate))
        assert isinstance(_sent(server.url, tls=trusting), Accepted)
        outcome = _sent(server.url)  # a certificate of nobody we know
        assert isinstance(outcome, Later)
        assert (outcome.reason, outcome.maybe_accepted) == ("misconfigured", False)
        assert len(server.mails) == 1


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.test:25"])
def test_what_is_no_server(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://"):
        Smtp(url, 1)
