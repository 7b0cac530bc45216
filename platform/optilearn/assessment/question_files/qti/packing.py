"""Writing a package: items, a test that has their categories and points, and the manifest."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from typing import IO, Final

from optilearn.assessment.question_files.drafts import BankQuestion, Category, Written, as_text
from optilearn.assessment.question_files.qti.writer import write_item
from optilearn.assessment.question_files.xmltree import escaped

_MANIFEST: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"'
    ' xmlns:imsmd="http://ltsc.ieee.org/xsd/LOM" identifier="optilearn-questions">\n'
    "<metadata><schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata>\n"
    "<organizations/>\n<resources>\n"
)
_TEST: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="questions"'
    ' title="Questions">\n'
    '<testPart identifier="part" navigationMode="nonlinear" submissionMode="simultaneous">\n'
)


def write_package(
    file: IO[bytes],
    questions: Iterable[BankQuestion],
    report: Callable[[BankQuestion, Written], None],
) -> None:
    """Write a package, item by item; questions of one category have to follow each other."""
    resources: list[str] = []
    sections = _Sections()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for question in questions:
            written = write_item(question)
            name = f"items/q{question.id}.xml"
            package.writestr(name, written.text)
            resources.append(_resource(question, name))
            sections.add(question, name)
            report(question, written)
        package.writestr("test.xml", f"{_TEST}{sections.closed()}</testPart></assessmentTest>\n")
        resources.append(
            '<resource identifier="test" type="imsqti_test_xmlv2p1" href="test.xml">'
            '<file href="test.xml"/></resource>\n'
        )
        manifest = f"{_MANIFEST}{''.join(resources)}</resources></manifest>\n"
        package.writestr("imsmanifest.xml", manifest)


def _resource(question: BankQuestion, name: str) -> str:
    keywords = "".join(
        f'<imsmd:keyword><imsmd:string language="x-none">{escaped(tag)}</imsmd:string>'
        "</imsmd:keyword>"
        for tag in question.tags
    )
    about = f"<metadata><imsmd:lom><imsmd:general>{keywords}</imsmd:general></imsmd:lom></metadata>"
    return (
        f'<resource identifier="q{question.id}" type="imsqti_item_xmlv2p1" href="{name}">'
        f'{about if keywords else ""}<file href="{name}"/></resource>\n'
    )


class _Sections:
    """The sections of a test, open as deep as the category of the last question is."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.open: list[str] = []
        self.count = 0

    def add(self, question: BankQuestion, name: str) -> None:
        """Add a question in the section of its category; without one it has a blank title."""
        self._move_to(question.category or ("",))
        self.parts.append(
            f'<assessmentItemRef identifier="q{question.id}" href="{name}">'
            f'<weight identifier="POINTS" value="{as_text(question.points)}"/>'
            "</assessmentItemRef>\n"
        )

    def closed(self) -> str:
        """The sections, all closed; a test needs one."""
        if not self.count:
            self._move_to(("",))
        self._move_to(())
        return "".join(self.parts)

    def _move_to(self, category: Category) -> None:
        shared = 0
        for mine, other in zip(self.open, category, strict=False):
            if mine != other:
                break
            shared += 1
        self.parts += ["</assessmentSection>\n"] * (len(self.open) - shared)
        for title in category[shared:]:
            self.count += 1
            self.parts.append(
                f'<assessmentSection identifier="s{self.count}" title="{escaped(title) or " "}"'
                ' visible="true">\n'
            )
        self.open = list(category)
