"""What no attempt is to blame for: workers that die, settings that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.core.clock import frozen
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery import claims
from optilearn.people.models import Person
from tests.optilearn.notifications.support import notified, outcome
from tests.support.fcm import FcmServer
from tests.support.mailserver import MailServer
from tests.worker.outboxes import device, mail, push, send


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PUSH])
def test_what_kills_every_worker_is_a_dead_letter_in_the_end(
    lena: Person, smtp: MailServer, google: FcmServer, channel: Channel
) -> None:
    device(lena, "phone")
    send(lena)
    (row,) = notified(lena, channel)
    for _ in range(15):
        with frozen(row.due_at):
            claims.claim_due(channel, limit=1, provider="SMTP")
        row.refresh_from_db()
    with frozen(row.due_at):
        (mail if channel is Channel.EMAIL else push)()
    assert outcome(row)[0] == "FAILED"
    assert (row.reason, row.attempts) == ("gave_up", 16)
    assert (smtp.mails, google.pushed) == ([], [])


@pytest.mark.parametrize(
    ("channel", "name", "value"),
    [
        (Channel.EMAIL, "SMTP_URL", "smtp.example.org:25"),
        (Channel.PUSH, "FIREBASE_CREDENTIALS", "no json"),
    ],
)
def test_settings_that_cannot_be_read_cost_no_attempt(
    lena: Person, settings: Any, channel: Channel, name: str, value: str
) -> None:
    device(lena, "phone")
    send(lena)
    (row,) = notified(lena, channel)
    setattr(settings, name, value)
    with pytest.raises(ValueError):
        (mail if channel is Channel.EMAIL else push)()
    setattr(settings, name, "")
    assert outcome(row) == ("PENDING", "")
    assert (row.attempts, row.taken_by) == (0, None)
