"""Who may upload what, and who may read whose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.models import Lesson
from optilearn.files import access, services
from optilearn.files.access import UploadPlace
from optilearn.files.models import File
from optilearn.files.rows import FileRow
from tests.optilearn.files.conftest import PNG, Caller
from tests.support.twins import Twin

pytestmark = pytest.mark.usefixtures("folder")
DOCUMENT = {"category": "document", "contentType": "text/plain", "filename": "a.txt"}
SUBMISSION = DOCUMENT | {"category": "submissions"}


@pytest.fixture(autouse=True)
def rules() -> Iterator[None]:
    """Only the rules that a test registers are in force."""
    saved = (dict(access._readers), dict(access._writers))
    providers = (access.may_manage_course, access.may_read_course_file)
    functions = [provider._function for provider in providers]
    for provider in providers:
        provider.reset()
    access._readers.clear()
    access._writers.clear()
    yield
    for provider, function in zip(providers, functions, strict=True):
        provider.set(function)
    access._readers.update(saved[0])
    access._writers.update(saved[1])


def courses_of_tom(twin: Twin) -> None:
    def manages(principal: Principal, course_id: int) -> bool:
        return principal.person_id == twin.people["tom"].pk and course_id == twin.courses["MATH"].pk

    def reads(principal: Principal, file: FileRow) -> bool:
        return principal.person_id == twin.people["lena"].pk

    access.may_manage_course.set(manages)
    access.may_read_course_file.set(reads)


class TestReading:
    def test_everyone_reads_pictures_and_only_owners_and_administrators_the_rest(
        self, tom: Caller, north: Twin
    ) -> None:
        picture = tom.uploaded()
        document = tom.uploaded(b"hello", **DOCUMENT)
        for name, status in (
            ("asha", 200),
            ("tom", 200),
            ("uma", 404),
            ("lena", 404),
            ("pia", 404),
        ):
            caller = Caller(north, name)
            assert caller.call("GET", f"/api/files/{picture}")[0] == 200
            assert caller.call("GET", f"/api/files/{document}")[0] == status, name
            assert caller.call("GET", f"/api/files/{document}/url")[0] == status, name

    def test_a_courses_files_are_read_by_the_courses_rule(
        self, tom: Caller, lena: Caller, north: Twin
    ) -> None:
        courses_of_tom(north)
        file_id = tom.uploaded(b"hello", courseId=north.courses["MATH"].pk, **DOCUMENT)
        assert lena.call("GET", f"/api/files/{file_id}/url")[0] == 200
        assert Caller(north, "मीरा").call("GET", f"/api/files/{file_id}/url")[0] == 404

    def test_a_private_file_is_not_read_by_the_courses_rule(
        self, lena: Caller, tom: Caller, north: Twin
    ) -> None:
        courses_of_tom(north)
        access.register("submissions", may_write=lambda *_: True)
        student = Caller(north, "मीरा")
        course = north.courses["MATH"].pk
        file_id = student.uploaded(b"my work", courseId=course, **SUBMISSION)
        assert lena.call("GET", f"/api/files/{file_id}")[0] == 404
        assert tom.call("GET", f"/api/files/{file_id}")[0] == 404
        access.register(
            "submissions", may_read=lambda p, f: p.person_id == tom.twin.people["tom"].pk
        )
        assert tom.call("GET", f"/api/files/{file_id}")[0] == 200
        assert lena.call("GET", f"/api/files/{file_id}")[0] == 404

    def test_the_other_institutions_files_are_not_there(
        self, tom: Caller, twins: tuple[Twin, Twin]
    ) -> None:
        file_id = tom.uploaded()
        for name in ("asha", "tom"):
            stranger = Caller(twins[1], name)
            assert stranger.call("GET", f"/api/files/{file_id}")[0] == 404
            assert stranger.call("GET", f"/api/files/{file_id}/url")[0] == 404
            assert stranger.complete(file_id)[0] == 404

    @pytest.mark.parametrize("file_id", [0, 999_999, 2**63, 10**30])
    def test_ids_of_nothing(self, asha: Caller, file_id: int) -> None:
        assert asha.call("GET", f"/api/files/{file_id}")[0] == 404
        assert asha.call("GET", f"/api/files/{file_id}/url")[0] == 404
        assert asha.complete(file_id)[0] == 404


class TestUploading:
    def status(self, caller: Caller, **changes: Any) -> int:
        announced = {
            "filename": "a.png",
            "contentType": "image/png",
            "category": "image",
            "size": 9,
        }
        return caller.call("POST", "/api/upload", announced | changes)[0]

    def test_staff_upload_and_everybody_has_a_picture(self, north: Twin) -> None:
        for name, status in (("tom", 201), ("ada", 201), ("lena", 403), ("pia", 403)):
            assert self.status(Caller(north, name)) == status
            assert self.status(Caller(north, name), category="avatar") == 201

    def test_a_courses_files_are_written_by_who_manages_it(self, tom: Caller, north: Twin) -> None:
        math, art = north.courses["MATH"].pk, north.courses["ART"].pk
        assert self.status(tom, courseId=math) == 404  # nobody registered a rule
        courses_of_tom(north)
        assert self.status(tom, courseId=math) == 201
        assert self.status(tom, courseId=art) == 404
        assert self.status(tom, courseId=10**9) == 404
        assert self.status(Caller(north, "lena"), courseId=math) == 404

    def test_a_lesson_must_be_the_courses(
        self, tom: Caller, north: Twin, twins: tuple[Twin, Twin]
    ) -> None:
        from optilearn.core.tenancy.context import tenant_context

        courses_of_tom(north)
        math = north.courses["MATH"].pk
        own = Lesson.objects.get(course=math).pk
        other = Lesson.objects.get(course=north.courses["ART"]).pk
        with tenant_context(twins[1].id):
            strange = Lesson.objects.first()
        assert strange is not None
        assert self.status(tom, courseId=math, lessonId=own) == 201
        key = File.objects.latest("id").key
        assert key.startswith(f"lms/{north.id}/courses/{math}/lessons/{own}/image/")
        assert self.status(tom, courseId=math, lessonId=other) == 404
        assert self.status(tom, courseId=math, lessonId=strange.pk) == 404
        assert self.status(tom, lessonId=own) == 400

    def test_no_one_uploads_work_without_a_rule(self, north: Twin) -> None:
        for name in ("asha", "tom", "lena"):
            assert self.status(Caller(north, name), **SUBMISSION) == 403

    @pytest.mark.parametrize("category", ["captions", "recordings", "exports"])
    def test_what_the_server_makes_is_not_uploaded(self, asha: Caller, category: str) -> None:
        kind = {"captions": "text/vtt", "recordings": "video/mp4", "exports": "text/csv"}[category]
        assert self.status(asha, category=category, contentType=kind) == 403

    @pytest.mark.parametrize(
        "change",
        [
            {"category": "nonsense"},
            {"contentType": "image/svg+xml"},
            {"contentType": "text/html"},
            {"contentType": "application/pdf"},
            {"contentType": ""},
            {"size": 0},
            {"size": -1},
            {"size": 10 * 1024**2 + 1},
            {"size": 2**60},
            {"size": 1.5},
            {"size": None},
            {"filename": ""},
            {"filename": "///"},
            {"filename": "\u202e\u2066"},
            {"filename": "a\x00.png"},
            {"courseId": 0},
            {"courseId": 2**63},
            {"key": "lms/1/x.png"},
            {"institutionId": 2},
        ],
    )
    def test_wishes_that_are_refused(self, asha: Caller, change: dict[str, Any]) -> None:
        announced = {
            "filename": "a.png",
            "contentType": "image/png",
            "category": "image",
            "size": 9,
        }
        status, body = asha.call("POST", "/api/upload", announced | change)
        assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")

    def test_a_type_may_be_written_in_capitals(self, asha: Caller) -> None:
        assert self.status(asha, contentType="Image/PNG") == 201


class TestKeeping:
    def test_only_what_one_may_read_can_be_used(
        self, tom: Caller, lena: Caller, north: Twin
    ) -> None:
        document = tom.uploaded(b"hello", **DOCUMENT)
        with pytest.raises(AppError) as refused:
            services.keep(document, principal=north.principal("lena"))
        assert refused.value.code is ErrorCode.NOT_FOUND
        services.keep(
            document, principal=north.principal("tom"), categories=frozenset({"document"})
        )
        assert File.objects.get(pk=document).is_kept
        with pytest.raises(AppError, match="can't be used"):
            services.keep(document, categories=frozenset({"image"}))

    def test_what_is_not_there_or_not_ready(self, tom: Caller) -> None:
        with pytest.raises(AppError, match="not ready"):
            services.keep(tom.announce()["fileId"])
        with pytest.raises(AppError) as refused:
            services.keep(10**9)
        assert refused.value.code is ErrorCode.NOT_FOUND


def test_every_write_is_audited(tom: Caller) -> None:
    from optilearn.core.models import AuditEntry

    file_id = tom.uploaded()
    signed = tom.announce(size=len(PNG))
    found = AuditEntry.objects.filter(action__startswith="file.").order_by("id")
    assert list(found.values_list("action", "target")) == [
        ("file.announce", f"file:{file_id}"),
        ("file.complete", f"file:{file_id}"),
        ("file.announce", f"file:{signed['fileId']}"),
    ]


def test_what_it_costs(tom: Caller, django_assert_max_num_queries: Any) -> None:
    file_id = tom.uploaded()
    principal = tom.twin.principal("tom")
    from optilearn.files import selectors

    with django_assert_max_num_queries(1):
        selectors.file_url(principal, file_id)
    place = UploadPlace("image")
    services.request_upload(
        principal=principal, request=services.UploadRequest("a.png", "image/png", 9, place)
    )
    with django_assert_max_num_queries(8):  # two of them for the quotas
        services.request_upload(
            principal=principal, request=services.UploadRequest("a.png", "image/png", 9, place)
        )
