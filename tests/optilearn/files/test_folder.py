"""What only our own server does: tokens, ranges, headers, streams."""

from __future__ import annotations

import threading
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import httpx
import jwt
import pytest
from django.conf import settings
from django.test import RequestFactory

from optilearn.core import clock
from optilearn.files.models import File
from optilearn.files.ranges import Piece, UnsatisfiableError, serve, wanted
from optilearn.files.stores import store
from optilearn.files.stores.base import NoObjectError, ObjectExistsError, Upload
from optilearn.files.stores.local import LocalStore, WrongLengthError
from tests.optilearn.files.conftest import PNG, Caller, get, put
from tests.support.twins import Twin

KEY = "lms/1/image/00.png"


@pytest.mark.parametrize(
    ("header", "piece"),
    [
        ("bytes=0-0", Piece(0, 0)),
        ("bytes=0-9", Piece(0, 9)),
        ("bytes=5-", Piece(5, 99)),
        ("bytes=-1", Piece(99, 99)),
        ("bytes=-100", Piece(0, 99)),
        ("bytes=-500", Piece(0, 99)),
        ("bytes=90-500", Piece(90, 99)),
        ("bytes=99-99", Piece(99, 99)),
        ("bytes= 1-2 ", Piece(1, 2)),
        ("bytes=2-1", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=1.0-2", None),
        ("bytes=+1-2", None),
        ("bytes=१-२", None),
        ("items=0-1", None),
        ("0-1", None),
        ("", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_which_range_a_header_means(header: str, piece: Piece | None) -> None:
    assert wanted(header, 100) == piece


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=500-600"])
def test_ranges_outside_the_file(header: str) -> None:
    with pytest.raises(UnsatisfiableError):
        wanted(header, 100)


@pytest.mark.usefixtures("folder")
class TestReading:
    @pytest.fixture
    def url(self, tom: Caller) -> str:
        return tom.url(tom.uploaded())

    @pytest.mark.parametrize(
        ("header", "content"),
        [("bytes=0-9", PNG[:10]), ("bytes=-5", PNG[-5:]), ("bytes=2560-", PNG[2560:])],
    )
    def test_ranges(self, url: str, header: str, content: bytes) -> None:
        answer = get(url, headers={"Range": header})
        assert (answer.status_code, answer.content) == (206, content)
        assert answer.headers["Content-Length"] == str(len(content))
        assert answer.headers["Content-Range"].endswith(f"/{len(PNG)}")

    def test_outside(self, url: str) -> None:
        answer = get(url, headers={"Range": f"bytes={len(PNG)}-"})
        assert answer.status_code == 416
        assert answer.headers["Content-Range"] == f"bytes */{len(PNG)}"
        assert answer.json()["error"]["code"] == "VALIDATION_ERROR"

    def test_several_ranges_are_answered_by_the_whole(self, url: str) -> None:
        answer = get(url, headers={"Range": "bytes=0-1,4-5"})
        assert (answer.status_code, answer.content) == (200, PNG)

    def test_if_range(self, url: str) -> None:
        whole = get(url)
        for condition, status in (
            (whole.headers["ETag"], 206),
            ('"another"', 200),
            ("W/" + whole.headers["ETag"], 200),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
            ("nonsense", 200),
        ):
            headers = {"Range": "bytes=0-1", "If-Range": condition}
            assert get(url, headers=headers).status_code == status, condition

    def test_if_range_by_date(self, tmp_path: Path) -> None:
        import os

        path = tmp_path / "a"
        path.write_bytes(b"0123456789")
        os.utime(path, (1_000_000_000, 1_000_000_000))
        date = "Sun, 09 Sep 2001 01:46:40 GMT"
        request = RequestFactory().get("/", headers={"Range": "bytes=0-1", "If-Range": date})
        assert serve(request, path, "tag").status_code == 206

    def test_what_the_caller_has_is_not_sent_again(self, url: str) -> None:
        tag = get(url).headers["ETag"]
        for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            answer = get(url, headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
        assert get(url, headers={"If-None-Match": '"x"'}).status_code == 200

    def test_head(self, url: str) -> None:
        answer = httpx.head(url, headers={"Range": "bytes=0-1"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["Content-Length"] == str(len(PNG))
        assert answer.headers["Accept-Ranges"] == "bytes"

    def test_nothing_in_it_can_run(self, url: str) -> None:
        headers = get(url).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; media-src 'self'; sandbox"

    def test_a_large_file_is_never_held_in_memory(self, tmp_path: Path) -> None:
        import tracemalloc

        path = tmp_path / "big.mp4"
        with path.open("wb") as file:
            file.truncate(512 * 1024**2)
        response = serve(RequestFactory().get("/"), path, "tag")
        tracemalloc.start()
        size = sum(len(chunk) for chunk in response)  # type: ignore[attr-defined]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size == 512 * 1024**2
        assert peak < 1024**2

    def test_a_file_that_is_gone(self, tom: Caller) -> None:
        file_id = tom.uploaded()
        url = tom.url(file_id)
        store().delete(File.objects.get(pk=file_id).key)
        assert get(url).status_code == 404
        other = tom.uploaded()
        url = tom.url(other)
        File.objects.filter(pk=other).update(status="REJECTED")
        assert get(url).status_code == 404


@pytest.mark.usefixtures("folder")
class TestTokens:
    def test_one_for_writing_does_not_read_nor_the_other_way_round(self, tom: Caller) -> None:
        signed = tom.announce()
        assert get(signed["url"]).status_code == 403
        put(signed, PNG).raise_for_status()
        tom.complete(signed["fileId"])
        url = tom.url(signed["fileId"])
        assert put(signed | {"url": url}, PNG).status_code == 403

    @pytest.mark.parametrize("end", ["", "x", ".", "A" * 43])
    def test_forged(self, tom: Caller, end: str) -> None:
        signed = tom.announce()
        stem = signed["url"].rpartition(".")[0]
        assert put(signed | {"url": f"{stem}.{end}"}, PNG).status_code in {403, 404}

    def test_signed_with_another_key(self, tom: Caller, live: str) -> None:
        signed = tom.announce()
        claims = jwt.decode(signed["url"].rpartition("/")[2], options={"verify_signature": False})
        for key, algorithm in ((settings.SECRET_KEY.ljust(40, "x"), "HS256"), ("", "none")):
            token = jwt.encode(claims, key or None, algorithm=algorithm)  # type: ignore[arg-type]
            url = f"{live}/api/files/objects/{token}"
            assert put(signed | {"url": url}, PNG).status_code == 403

    def test_expired(self, tom: Caller) -> None:
        with clock.frozen(clock.now() - timedelta(seconds=3601)):
            signed = tom.announce()
        assert put(signed, PNG).status_code == 403
        file_id = tom.uploaded()
        with clock.frozen(clock.now() - timedelta(seconds=3601)):
            url = tom.url(file_id)
        assert get(url).status_code == 403

    def test_without_the_signed_headers(self, tom: Caller) -> None:
        signed = tom.announce()
        assert put(signed, PNG, If_None_Match="").status_code == 403
        assert put(signed, PNG, Content_Type="image/png; charset=utf-8").status_code == 403
        put(signed, PNG).raise_for_status()

    def test_a_body_without_a_length(self, tom: Caller) -> None:
        signed = tom.announce()
        headers = {k: v for k, v in signed["headers"].items() if k != "Content-Length"}
        answer = httpx.put(signed["url"], content=iter([PNG]), headers=headers)
        assert answer.status_code == 400

    def test_a_session_of_another_institution_beside_it_changes_nothing(
        self, tom: Caller, twins: tuple[Twin, Twin]
    ) -> None:
        from tests.support.client import bearer, token_of

        url = tom.url(tom.uploaded())
        stranger = bearer(token_of(twins[1], "asha"))
        assert get(url, headers=stranger).content == PNG
        assert get(url).content == PNG


class TestTheFolder:
    @pytest.fixture
    def local(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path / "files", "secret")

    def stored(self, local: LocalStore) -> list[str]:
        return [p.name for p in local.root.rglob("*") if p.is_file()]

    @pytest.mark.parametrize("content", [b"", b"ab", b"abcd"])
    def test_another_length_leaves_nothing(self, local: LocalStore, content: bytes) -> None:
        with pytest.raises(WrongLengthError):
            local.put(Upload(KEY, "image/png", 3), BytesIO(content))
        assert self.stored(local) == []

    def test_a_sender_who_breaks_off_leaves_nothing(self, local: LocalStore) -> None:
        from django.http import UnreadablePostError

        class Broken:
            def read(self, size: int, /) -> bytes:
                raise UnreadablePostError("gone")

        with pytest.raises(WrongLengthError):
            local.put(Upload(KEY, "image/png", 3), Broken())
        assert self.stored(local) == []

    def test_of_many_at_once_one_wins(self, local: LocalStore) -> None:
        barrier = threading.Barrier(8)
        won: list[bytes] = []

        def write(n: int) -> None:
            content = str(n).encode() * 100_000
            barrier.wait()
            try:
                local.put(Upload(KEY, "image/png", len(content)), BytesIO(content))
            except ObjectExistsError:
                return
            won.append(content)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert local.read(KEY, 10**6) == won[0]
        assert self.stored(local) == ["00.png"]

    @pytest.mark.parametrize(
        "key",
        ["../a.png", "/etc/a.png", "a/../../b.png", "a//b.png", "a.png/..", "", "a", ".a.png"],
    )
    def test_no_key_leads_out_of_it(self, local: LocalStore, key: str) -> None:
        with pytest.raises(NoObjectError):
            local.path_of(key)
        assert local.head(key) is None
        local.delete(key)

    def test_what_killed_uploads_left_is_tidied(self, local: LocalStore) -> None:
        local.remove_leftovers(clock.now())
        part = local.root / ".incoming" / "x"
        part.parent.mkdir(parents=True)
        part.write_bytes(b"half")
        local.remove_leftovers(clock.now() - timedelta(hours=24))
        assert part.exists()
        local.remove_leftovers(clock.now() + timedelta(seconds=5))
        assert not part.exists()
