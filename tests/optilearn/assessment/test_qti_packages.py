"""Packages of QTI: what is read of them, and what is refused with its reason."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from optilearn.assessment.question_files.drafts import BankQuestion, UnreadableFileError
from optilearn.assessment.question_files.qti.package import read_qti
from optilearn.assessment.question_files.qti.packing import write_package
from optilearn.assessment.quizzes.questions.content import content_of
from tests.optilearn.assessment.test_qti import CHOICES, MATCH, V2P1, declared


def zipped(files: dict[str, str]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return file.getvalue()


def manifest(*resources: tuple[str, str]) -> str:
    inside = "".join(
        f'<resource identifier="r{n}" type="{kind}" href="{href}"/>'
        for n, (kind, href) in enumerate(resources)
    )
    space = "http://www.imsglobal.org/xsd/imscp_v1p1"
    return f'<manifest xmlns="{space}"><resources>{inside}</resources></manifest>'


ITEM = f'<assessmentItem xmlns="{V2P1}" identifier="i" title="T">{declared("A")}{CHOICES}{MATCH}'


def test_a_broken_item_leaves_the_others() -> None:
    kind = "imsqti_item_xmlv2p1"
    names = ("good.xml", "gone.xml", "dtd.xml", "test.xml")
    package = zipped(
        {
            "imsmanifest.xml": manifest(*((kind, name) for name in names)),
            "good.xml": ITEM + "</assessmentItem>",
            "dtd.xml": "<!DOCTYPE assessmentItem SYSTEM 'a.dtd'>" + ITEM + "</assessmentItem>",
            "test.xml": "<assessmentTest/>",
        }
    )
    drafts = list(read_qti(package))
    assert [d.error is None for d in drafts] == [True, False, False, False]
    assert [d.place for d in drafts] == list(names)


def test_a_bare_doctype_declares_nothing() -> None:
    (draft,) = read_qti(f"<!DOCTYPE assessmentItem>{ITEM}</assessmentItem>".encode())
    assert draft.error is None


def test_a_text_that_items_share_stands_before_each() -> None:
    kind = "imsqti_item_xmlv2p1"
    shared = "".join(f'<assessmentStimulusRef identifier="{n}" href="../s/{n}.xml"/>' for n in "ab")
    item = ITEM.replace(declared("A"), declared("A") + shared) + "</assessmentItem>"
    stimulus = "<assessmentStimulus><stimulusBody><p>{}</p></stimulusBody></assessmentStimulus>"
    package = zipped(
        {
            "imsmanifest.xml": manifest((kind, "q/1.xml"), (kind, "q/2.xml")),
            "q/1.xml": item,
            "q/2.xml": item.replace("s/b.xml", "s/gone.xml"),
            "s/a.xml": stimulus.format("A night."),
            "s/b.xml": stimulus.format("A day."),
        }
    )
    first, second = read_qti(package)
    assert first.text == "<p>A night.</p><p>A day.</p><p>Which?</p><p>Choose.</p>"
    assert first.warnings == []
    assert second.text == "<p>A night.</p><p>Which?</p><p>Choose.</p>"
    assert [p.message for p in second.warnings] == ["This can't be carried: assessmentStimulusRef."]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped({"imsmanifest.xml": manifest(("imsqti_xmlv1p2", "a/a.xml"))}), "QTI 1.2"),
        (b"<questestinterop/>", "QTI 1.2"),
        (zipped({"a.xml": ""}), "imsmanifest.xml"),
        (zipped({"imsmanifest.xml": manifest(("webcontent", "a.html"))}), "no items"),
        (zipped({"../imsmanifest.xml": ""}), "leads out"),
        (zipped({"/etc/imsmanifest.xml": ""}), "leads out"),
        (zipped({"a\\..\\..\\b.xml": ""}), "leads out"),
        (zipped({"C:/b.xml": ""}), "leads out"),
        (b"PK\x03\x04 and nothing more", "can't be read"),
        (b"<manifest/>", "package"),
        (b"<!DOCTYPE x [<!ELEMENT x ANY>]><assessmentItem/>", "DOCTYPE"),
    ],
)
def test_files_that_can_t_be_read_say_why(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        list(read_qti(content))
    assert words in caught.value.message


def test_a_zip_that_grows_is_refused() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("imsmanifest.xml", b" " * 9 * 1024**2)
    with pytest.raises(UnreadableFileError, match="MB"):
        list(read_qti(file.getvalue()))


def test_categories_are_sections() -> None:
    essay = content_of({"kind": "ESSAY"})
    given = [
        BankQuestion(n, "N", "<p>Q</p>", essay, category=category)
        for n, category in enumerate([(), ("A",), ("A", "B & C"), ("D",)], 1)
    ]
    file = BytesIO()
    write_package(file, given, lambda question, written: None)
    assert [d.category for d in read_qti(file.getvalue())] == [q.category for q in given]
    empty = BytesIO()
    write_package(empty, [], lambda question, written: None)
    with pytest.raises(UnreadableFileError):
        list(read_qti(empty.getvalue()))
