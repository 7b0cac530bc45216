"""The formats by their names on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Final, Literal

from optilearn.assessment.question_files.drafts import BankQuestion, Category, Draft, Written
from optilearn.assessment.question_files.gift.aiken import read_aiken
from optilearn.assessment.question_files.gift.reader import read_gift
from optilearn.assessment.question_files.gift.writer import category_line, write_gift
from optilearn.assessment.question_files.moodle_xml import writer as moodle_xml
from optilearn.assessment.question_files.moodle_xml.reader import read_moodle_xml
from optilearn.assessment.question_files.qti.package import read_qti
from optilearn.assessment.question_files.qti.packing import write_package
from optilearn.assessment.question_files.uploads import as_text, only_file

InFormat = Literal["gift", "aiken", "moodle-xml", "qti"]
OutFormat = Literal["gift", "moodle-xml", "qti-2.1"]
Report = Callable[[BankQuestion, Written], None]
"""Called for each question that was written."""

READERS: Final[Mapping[InFormat, Callable[[bytes], Iterator[Draft]]]] = {
    "gift": lambda content: read_gift(as_text(only_file(content))),
    "aiken": lambda content: read_aiken(as_text(only_file(content))),
    "moodle-xml": lambda content: read_moodle_xml(only_file(content)),
    "qti": read_qti,
}


def _write_gift(file: IO[bytes], questions: Iterable[BankQuestion], report: Report) -> None:
    _write_lines(file, questions, (category_line, write_gift), report)


def _write_moodle_xml(file: IO[bytes], questions: Iterable[BankQuestion], report: Report) -> None:
    file.write(moodle_xml.BEGINNING.encode())
    writers = (moodle_xml.category_question, moodle_xml.write_moodle_xml)
    _write_lines(file, questions, writers, report)
    file.write(moodle_xml.END.encode())


def _write_lines(
    file: IO[bytes],
    questions: Iterable[BankQuestion],
    writers: tuple[Callable[[Category], str], Callable[[BankQuestion], Written]],
    report: Report,
) -> None:
    """Write questions one by one, with a line before the first of each category."""
    of_category, of_question = writers
    category: Category = ()
    for question in questions:
        if question.category != category:
            category = question.category
            file.write(of_category(category).encode())
        written = of_question(question)
        file.write(written.text.encode())
        report(question, written)


WRITERS: Final[Mapping[OutFormat, Callable[[IO[bytes], Iterable[BankQuestion], Report], None]]] = {
    "gift": _write_gift,
    "moodle-xml": _write_moodle_xml,
    "qti-2.1": write_package,
}
FILES: Final[Mapping[OutFormat, tuple[str, str]]] = {
    "gift": ("questions.gift.txt", "text/plain; charset=utf-8"),
    "moodle-xml": ("questions.xml", "application/xml"),
    "qti-2.1": ("questions.zip", "application/zip"),
}
"""The name and the content type of an exported file."""
