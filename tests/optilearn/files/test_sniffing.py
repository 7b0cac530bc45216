"""First bytes and names."""

from __future__ import annotations

import io
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.files.kinds import BY_EXTENSION, CATEGORIES, TYPES, registered
from optilearn.files.naming import LONGEST_NAME, clean_name, disposition
from optilearn.files.sniffing import looks_like


def archive(*names: str, first: str = "", stated: str = "") -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        if first:
            file.writestr(first, stated)
        for name in names:
            file.writestr(name, "x")
    return buffer.getvalue()


def box(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\2\0"


def open_document(extension: str) -> bytes:
    return archive("content.xml", first="mimetype", stated=BY_EXTENSION[extension].name)


GENUINE = {
    "png": b"\x89PNG\r\n\x1a\n\0\0",
    "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "gif": b"GIF89a\1\0",
    "webp": b"RIFF\1\2\3\4WEBPVP8 ",
    "mp4": box(b"isom"),
    "m4a": box(b"M4A "),
    "mov": box(b"qt  "),
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "heif": b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic",
    "webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm",
    "mp3": b"ID3\4\0",
    "ogg": b"OggS\0\2",
    "wav": b"RIFF\1\2\3\4WAVEfmt ",
    "pdf": b"%PDF-1.7\n",
    "vtt": b"\xef\xbb\xbfWEBVTT\n\n",
    "txt": "नमस्ते\r\n\tworld".encode(),
    "md": b"# Title\n\n1 < 2",
    "csv": "\ufeffname,अंक\n".encode(),
    "rtf": b"{\\rtf1\\ansi",
    "json": b' {"a": 1}',
    "zip": archive("a.txt"),
    "duckdb": b"\1\2\3\4\5\6\7\x08DUCK",
    "parquet": b"PAR1\x15",
    "arrow": b"ARROW1\0\0",
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0",
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0",
    "ppt": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0",
    "docx": archive("[Content_Types].xml", "word/document.xml"),
    "xlsx": archive("_rels/.rels", "xl/workbook.xml"),
    "pptx": archive("ppt/presentation.xml"),
    "odt": open_document("odt"),
    "ods": open_document("ods"),
    "odp": open_document("odp"),
}
HOSTILE = {
    "a page": b"<!DOCTYPE html><html>",
    "a page after space": b"\n\t <HTML>",
    "a page after a mark": b"\xef\xbb\xbf<html>",
    "a comment": b"<!-- x --><script>",
    "a picture of lines": b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'>",
    "xml": b"<?xml version='1.0'?><svg/>",
    "php": b"<?php system($_GET['x']);",
    "a shell script": b"#!/bin/sh\nrm -rf .",
    "a windows program": b"MZ\x90\0\3\0\0\0",
    "a linux program": b"\x7fELF\2\1\1\0",
    "a java archive": archive("META-INF/MANIFEST.MF", "A.class"),
    "nothing": b"",
    "text of another width": "<html>".encode("utf-16"),
    "latin text": b"caf\xe9",
}


def test_every_type_has_an_example_and_a_check() -> None:
    assert set(GENUINE) == set(BY_EXTENSION)
    assert set().union(*(c.types for c in CATEGORIES.values())) == set(TYPES)


@pytest.mark.parametrize("extension", sorted(GENUINE))
def test_genuine_files(extension: str) -> None:
    assert looks_like(BY_EXTENSION[extension].name, GENUINE[extension])


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_nothing_hostile_passes_as_anything(what: str) -> None:
    taken = {kind.extension for kind in TYPES.values() if looks_like(kind.name, HOSTILE[what])}
    allowed = {"a java archive": {"zip"}, "nothing": {"txt", "md", "csv"}}
    assert taken <= allowed.get(what, set())


@pytest.mark.parametrize("extension", sorted(GENUINE))
def test_one_type_is_not_another(extension: str) -> None:
    alike = [
        {"mp4", "m4a", "mov"}, {"txt", "md", "csv", "json", "vtt", "rtf", "pdf"},
        {"doc", "xls", "ppt"}, {"docx", "xlsx", "pptx", "zip", "odt", "ods", "odp"}, {"parquet"},
        {"heic", "heif"},
    ]  # fmt: skip
    related = set().union({extension}, *(group for group in alike if extension in group))
    taken = {k.extension for k in TYPES.values() if looks_like(k.name, GENUINE[extension])}
    assert extension in taken
    if extension != "parquet":  # whose mark is letters
        assert taken <= related


def test_unknown_types_never_pass() -> None:
    assert not looks_like("image/svg+xml", b"<svg>")


def test_a_frame_of_sound_and_a_cut_character() -> None:
    assert looks_like("audio/mpeg", b"\xff\xfb\x90\x64")
    assert looks_like("text/plain", ("क" * 2000).encode()[:4096])


@given(st.binary(max_size=200), st.sampled_from(sorted(TYPES)))
def test_any_bytes_are_judged(head: bytes, content_type: str) -> None:
    looks_like(content_type, head)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("a.png", "a.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        ("  प्रकाश.pdf ", "प्रकाश.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("\u202egnp.exe", "gnp.exe"),
        ("..", ""),
        ("a/", ""),
        ("\ud800a", "a"),
        ("x" * 500 + ".pdf", "x" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_names(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@given(st.text(max_size=300))
def test_any_name_makes_a_header(name: str) -> None:
    header = disposition(clean_name(name), "text/plain")
    header.encode("latin-1")
    assert "\r" not in header
    assert "\n" not in header
    assert header.startswith("attachment")


def test_a_pdf_may_begin_late_but_not_as_a_page() -> None:
    assert looks_like("application/pdf", b"\r\n\xef\xbb\xbf junk\n%PDF-1.4\n")
    assert looks_like("application/pdf", b"x" * 1_019 + b"%PDF-1.7")
    assert not looks_like("application/pdf", b"x" * 1_020 + b"%PDF-1.7")
    assert not looks_like("application/pdf", b"<html>%PDF-1.7")


def test_office_files_in_any_order() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("other/part.bin", "word/document.xml", "[Content_Types].xml"):
            archive.writestr(name, "<x/>")
    assert looks_like(BY_EXTENSION["docx"].name, made.getvalue())


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1"])
def test_photos_of_phones(brand: bytes) -> None:
    head = b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x00\x00mif1heic" + b"\x00" * 40
    assert looks_like("image/heic", head)
    assert not looks_like("video/mp4", head)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("audio/x-m4a", "audio/mp4"), ("Audio/MP3", "audio/mpeg"), ("image/jpg", "image/jpeg"),
     ("application/x-zip-compressed", "application/zip"), ("text/csv; charset=utf-8", "text/csv"),
     ("text/html", "text/html")],
)  # fmt: skip
def test_names_that_browsers_send(sent: str, kept: str) -> None:
    assert registered(sent) == kept
