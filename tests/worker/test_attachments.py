"""Reports in the post: the bytes of the file arrive, by every provider."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from optilearn.analytics.reach import Reach
from optilearn.core.clock import frozen
from optilearn.files import services as files
from optilearn.files.access import UploadPlace
from optilearn.files.models import File
from optilearn.files.stores import store
from optilearn.people.models import Person
from reports.contracts import Scope, ScopeKind
from tests.optilearn.notifications.support import outcome
from tests.support.mailserver import MailServer
from tests.support.resend import ResendServer
from tests.worker.outboxes import mail, send

CONTENT = "student,अंक\nlena,71.5\n".encode()
NAME = "अंक 2026-11-30.csv"


@pytest.fixture
def stored(lena: Person) -> int:
    scope = Scope(lena.institution_id, ScopeKind.SELF, person_ids=(lena.pk,))
    file = replace(
        files.GeneratedFile.of(NAME, "text/csv", CONTENT), reach=Reach(scope).to_record()
    )
    file_id = files.store_generated(place=UploadPlace("deliveries"), file=file)
    files.keep(file_id)
    return file_id


def ready(person: Person, *file_ids: int) -> Any:
    attachments = [{"fileId": file_id, "name": NAME} for file_id in file_ids]
    return send(person, "ADMIN_REPORT_READY", attachments=attachments)


def test_by_smtp(lena: Person, smtp: MailServer, stored: int) -> None:
    row = ready(lena, stored)
    mail()
    assert outcome(row) == ("SENT", "")
    (got,) = smtp.mails
    (part,) = got.message.iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == (NAME, "text/csv")
    assert part.get_payload(decode=True) == CONTENT


def test_by_resend(lena: Person, resend_api: ResendServer, stored: int) -> None:
    ready(lena, stored)
    mail()
    (taken,) = resend_api.taken.values()
    assert taken.body is not None
    (part,) = taken.body["attachments"]
    assert (part["filename"], part["content_type"]) == (NAME, "text/csv")
    assert base64.b64decode(part["content"]) == CONTENT


def test_a_file_that_is_gone_leaves_the_link(lena: Person, smtp: MailServer, stored: int) -> None:
    File.objects.filter(pk=stored).delete()
    row = ready(lena, stored)
    mail()
    assert outcome(row) == ("SENT", "")
    (got,) = smtp.mails
    assert list(got.message.iter_attachments()) == []
    body = got.message.get_body(("plain",))
    assert body is not None
    assert "/api/analytics/deliveries/301/files/xlsx" in body.get_content()


def test_while_the_store_is_down_the_mail_waits(
    lena: Person, smtp: MailServer, stored: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optilearn.files.stores.base import StoreDownError

    def down(*_: Any) -> bytes:
        raise StoreDownError

    row = ready(lena, stored)
    with monkeypatch.context() as patched:
        patched.setattr(store(), "read", down)
        mail()
    assert outcome(row)[0] == "PENDING"
    assert row.reason == "attachments_unavailable"
    assert smtp.mails == []
    with frozen(row.due_at):
        mail()
    assert outcome(row)[0] == "SENT"
    assert len(list(smtp.mails[0].message.iter_attachments())) == 1
