"""One contract, two stores: every test here runs against a folder and against S3."""

from __future__ import annotations

import http.client
from datetime import timedelta
from io import BytesIO
from urllib.parse import urlsplit

import httpx
import pytest

from optilearn.core import clock
from optilearn.courses.models import Lesson
from optilearn.files import services
from optilearn.files.access import UploadPlace
from optilearn.files.kinds import CATEGORIES
from optilearn.files.models import File
from optilearn.files.stores import store
from optilearn.files.stores.base import NoObjectError, ObjectExistsError, Upload
from tests.optilearn.files.conftest import PNG, Caller, get, put
from tests.support.twins import Twin

pytestmark = pytest.mark.usefixtures("backend", "north")
PAGE = b"<!doctype html><script>alert(document.cookie)</script>".ljust(200)


def row(file_id: int) -> File:
    return File.objects.get(pk=file_id)


class TestTheWay:
    def test_announce_put_complete_read(self, tom: Caller) -> None:
        signed = tom.announce()
        assert (signed["method"], signed["headers"]["Content-Type"]) == ("PUT", "image/png")
        assert put(signed, PNG).status_code == 200
        status, body = tom.complete(signed["fileId"])
        assert (status, body["data"]["status"], body["data"]["size"]) == (200, "READY", len(PNG))
        answer = get(tom.url(signed["fileId"]))
        assert answer.content == PNG
        assert answer.headers["Content-Type"] == "image/png"
        disposition = answer.headers["Content-Disposition"]
        assert disposition == (
            "inline; filename*=utf-8''%E0%A4%9A%E0%A4%BF%E0%A4%A4%E0%A5%8D%E0%A4%B0%201.png"
        )

    def test_what_could_run_is_downloaded(self, tom: Caller) -> None:
        file_id = tom.uploaded(
            b"a,b\n", contentType="text/csv", category="document", filename="a.csv"
        )
        answer = get(tom.url(file_id))
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a.csv"'

    def test_a_range_of_it(self, tom: Caller) -> None:
        url = tom.url(tom.uploaded())
        answer = get(url, headers={"Range": "bytes=8-17"})
        assert (answer.status_code, answer.content) == (206, PNG[8:18])
        assert answer.headers["Content-Range"] == f"bytes 8-17/{len(PNG)}"

    def test_the_key_is_made_of_what_the_server_knows(self, tom: Caller, north: Twin) -> None:
        signed = tom.announce(filename="../../south/../evil.php\t.png")
        head, _, name = signed["key"].rpartition("/")
        assert head == f"lms/{north.id}/image"
        assert name.endswith(".png")
        assert "evil" not in name
        assert row(signed["fileId"]).name == "evil.php.png"

    def test_completing_again_answers_the_same(self, tom: Caller) -> None:
        file_id = tom.uploaded()
        assert tom.complete(file_id) == tom.complete(file_id)

    def test_an_upload_can_be_completed_by_its_owner_only(self, tom: Caller, lena: Caller) -> None:
        signed = tom.announce()
        put(signed, PNG).raise_for_status()
        assert lena.complete(signed["fileId"])[0] == 404
        assert lena.call("GET", f"/api/files/{signed['fileId']}")[0] == 404
        assert tom.call("GET", f"/api/files/{signed['fileId']}/url")[0] == 409


class TestLies:
    def refused(self, caller: Caller, signed: dict[str, object], sent: httpx.Response) -> None:
        """By the PUT, or else by the check; nothing stays either way."""
        status, body = caller.complete(int(str(signed["fileId"])))
        if sent.is_success:
            assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")
            assert row(int(str(signed["fileId"]))).status == "REJECTED"
        else:
            assert (status, body["error"]["code"]) == (409, "CONFLICT")
        assert store().head(str(signed["key"])) is None

    @pytest.mark.parametrize("content", [PNG + b"more", PNG[:-1], b""])
    def test_another_length(self, tom: Caller, content: bytes) -> None:
        signed = tom.announce()
        self.refused(tom, signed, put(signed, content))

    def test_two_gigabytes_announced_as_two_kilobytes(self, tom: Caller, backend: str) -> None:
        signed = tom.announce(size=2048)
        if backend == "bucket":  # this server would read all of it before it answers
            self.refused(tom, signed, put(signed, PNG * 100))
            return
        url = urlsplit(signed["url"])
        line = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
        line.putrequest("PUT", url.path)
        for name, value in (signed["headers"] | {"Content-Length": str(2 * 1024**3)}).items():
            line.putheader(name, value)
        line.endheaders(PNG)
        assert line.getresponse().status == 400  # by its header, before the rest is sent
        line.close()
        assert tom.complete(signed["fileId"])[0] == 409

    def test_a_larger_object_that_got_in_is_caught_by_the_check(self, tom: Caller) -> None:
        signed = tom.announce()
        store().put(Upload(signed["key"], "image/png", len(PNG) + 1), BytesIO(PNG + b"+"))
        status, body = tom.complete(signed["fileId"])
        assert (status, body["error"]["details"]) == (400, {"problem": "WRONG_SIZE"})
        assert store().head(signed["key"]) is None

    def test_another_type(self, tom: Caller) -> None:
        signed = tom.announce()
        self.refused(tom, signed, put(signed, PNG, Content_Type="text/html"))

    @pytest.mark.parametrize(
        ("content_type", "category"),
        [("image/png", "image"), ("text/plain", "document"), ("application/pdf", "document"),
         ("video/mp4", "video"), ("text/csv", "document")],
    )  # fmt: skip
    def test_a_page_under_a_harmless_name(
        self, asha: Caller, content_type: str, category: str
    ) -> None:
        signed = asha.announce(size=len(PAGE), contentType=content_type, category=category)
        assert put(signed, PAGE).is_success
        first = asha.complete(signed["fileId"])
        assert first[0] == 400
        assert first[1]["error"]["details"] == {"problem": "WRONG_CONTENT"}
        assert store().head(signed["key"]) is None
        second = asha.complete(signed["fileId"])
        assert second[0] == 400
        assert second[1]["error"]["message"] == first[1]["error"]["message"]

    def test_a_put_that_never_comes(self, tom: Caller) -> None:
        signed = tom.announce()
        status, body = tom.complete(signed["fileId"])
        assert (status, body["error"]["code"]) == (409, "CONFLICT")
        assert "Upload it" in body["error"]["message"]
        with clock.frozen(clock.now() + timedelta(hours=23)):
            assert services.sweep_orphans() == 0
        with clock.frozen(clock.now() + timedelta(hours=25)):
            assert services.sweep_orphans() == 1
            assert services.sweep_orphans() == 0
        assert tom.complete(signed["fileId"])[0] == 404

    def test_an_object_is_never_overwritten(self, tom: Caller) -> None:
        signed = tom.announce()
        put(signed, PNG).raise_for_status()
        assert put(signed, PNG[::-1]).status_code in {403, 409, 412}
        assert store().read(signed["key"], 10_000) == PNG
        with pytest.raises(ObjectExistsError):
            store().put(Upload(signed["key"], "image/png", 3), BytesIO(b"abc"))


class TestTheStoreItself:
    KEY = "lms/1/exports/0123456789abcdef.csv"

    def test_put_head_read_delete(self) -> None:
        head = store().put(Upload(self.KEY, "text/csv", 5), BytesIO(b"a,b,c"))
        assert store().head(self.KEY) == head
        assert (head.size, head.content_type) == (5, "text/csv")
        assert store().read(self.KEY, 3) == b"a,b"
        store().delete(self.KEY)
        store().delete(self.KEY)
        assert store().head(self.KEY) is None
        with pytest.raises(NoObjectError):
            store().read(self.KEY, 1)


def made(content: bytes = b"a,b\n") -> int:
    return services.store_generated(
        place=UploadPlace("exports"),
        file=services.GeneratedFile.of("figures.csv", "text/csv", content),
    )


class TestSweeping:
    def test_only_what_nobody_keeps_for_a_week_goes(self, tom: Caller) -> None:
        kept, unused, released = (made() for _ in range(3))
        services.keep(kept)
        services.keep(released)
        later = clock.now() + timedelta(days=6)
        with clock.frozen(later):
            services.release(released)
            assert services.sweep_orphans() == 0
        with clock.frozen(later + timedelta(days=2)):
            assert services.sweep_orphans() == 1
        assert not File.objects.filter(pk=unused).exists()
        with clock.frozen(later + timedelta(days=8)):
            assert services.sweep_orphans() == 1
        assert File.objects.get().pk == kept
        assert store().read(row(kept).key, 9) == b"a,b\n"

    def test_a_rejected_one_goes_with_what_was_put_after_the_rejection(self, tom: Caller) -> None:
        signed = tom.announce(size=len(PAGE))
        put(signed, PAGE).raise_for_status()
        assert tom.complete(signed["fileId"])[0] == 400
        store().put(Upload(signed["key"], "image/png", 3), BytesIO(b"abc"))
        with clock.frozen(clock.now() + timedelta(hours=25)):
            assert services.sweep_orphans() == 1
        assert store().head(signed["key"]) is None

    def test_a_sweep_that_was_killed_after_the_object_is_finished_by_the_next(self) -> None:
        file_id = made()
        store().delete(row(file_id).key)
        with clock.frozen(clock.now() + timedelta(days=8)):
            assert services.sweep_orphans() == 1
        assert not File.objects.exists()

    def test_what_a_record_uses_stays_though_nobody_kept_it(self, north: Twin) -> None:
        file_id = made()
        Lesson.objects.filter(course=north.courses["MATH"]).update(file_id=file_id)
        with clock.frozen(clock.now() + timedelta(days=8)):
            assert services.sweep_orphans() == 0
        assert row(file_id).is_kept
        assert store().head(row(file_id).key) is not None

    def test_one_sweep_takes_so_many(self) -> None:
        for _ in range(3):
            made()
        with clock.frozen(clock.now() + timedelta(days=8)):
            assert [services.sweep_orphans(limit=2) for _ in range(3)] == [2, 1, 0]

    def test_an_institution_sweeps_its_own(self, twins: tuple[Twin, Twin]) -> None:
        from optilearn.core.tenancy.context import tenant_context
        from worker.tasks.files import sweep_orphans

        for twin in twins:
            with tenant_context(twin.id):
                made()
        with clock.frozen(clock.now() + timedelta(days=8)), tenant_context(twins[1].id):
            sweep_orphans.run()
        with tenant_context(twins[0].id):
            assert File.objects.count() == 1
        with tenant_context(twins[1].id):
            assert File.objects.count() == 0


def test_a_file_whose_record_goes_goes_as_well(
    north: Twin, django_capture_on_commit_callbacks: object
) -> None:
    file_id = made()
    key = row(file_id).key
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        row(file_id).delete()
    assert store().head(key) is None


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_no_category_takes_pages_or_scripts(category: str) -> None:
    dangerous = {"text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"}
    assert not CATEGORIES[category].types & dangerous
