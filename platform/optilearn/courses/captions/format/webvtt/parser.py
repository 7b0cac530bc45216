"""A file of WebVTT, by the steps of the specification's parser.

Nothing raises: a file that isn't WebVTT has no cues, a block that can't be read is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from optilearn.courses.captions.format.webvtt.cuetext import Place, parse_payload, plain_text
from optilearn.courses.captions.format.webvtt.problems import Code, Problem, Report
from optilearn.courses.captions.format.webvtt.regions import Region, region
from optilearn.courses.captions.format.webvtt.settings import Settings, cue_settings
from optilearn.courses.captions.format.webvtt.timestamps import Timings, timings

ARROW: Final = "-->"
BOM: Final = "\ufeff"


@dataclass(frozen=True)
class Cue:
    """A text with its time in milliseconds; its payload may hold tags."""

    id: str
    start: int
    end: int
    settings: Settings
    payload: str
    line: int
    """The line of its timings, from 1."""

    @property
    def text(self) -> str:
        """The words alone."""
        return plain_text(self.payload)


@dataclass(frozen=True)
class Document:
    """The cues that a browser reads from a file, and the problems that a validator reports."""

    cues: tuple[Cue, ...]
    regions: tuple[Region, ...]
    stylesheets: tuple[str, ...]
    problems: tuple[Problem, ...]


def parse(source: bytes | str) -> Document:
    """Read a file: bytes as they came, or text that somebody decoded."""
    report = Report()
    text = source if isinstance(source, str) else source.decode("utf-8", errors="replace")
    text = text.removeprefix(BOM)
    if isinstance(source, bytes) and "\ufffd" in text:
        _report_decoding(source, text, report)
    lines = _lines(text, report)
    parser = _Parser(lines, report)
    parser.run()
    if not parser.cues:
        report.add(Code.NO_CUES, 1)
    return Document(
        tuple(parser.cues), tuple(parser.regions), tuple(parser.stylesheets), report.in_order()
    )


def _report_decoding(source: bytes, text: str, report: Report) -> None:
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8").removeprefix(BOM)
        before = before.replace("\r\n", "\n").replace("\r", "\n")
        report.add(Code.BAD_UTF8, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _lines(text: str, report: Report) -> list[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        at = text.index("\0")
        report.add(Code.NUL_CHARACTER, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        text = text.replace("\0", "\ufffd")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()  # what follows the last line break is no line
    return lines


@dataclass
class _Block:
    """A block that is being collected."""

    first: int
    """Its first line, from 0."""
    id: str = ""
    timings: Timings | None = None
    timings_at: int | None = None
    settings: Settings = field(default_factory=Settings)
    kind: str = ""
    """STYLE or REGION, once it is known."""
    buffer: list[str] = field(default_factory=list)


class _Parser:
    def __init__(self, lines: list[str], report: Report) -> None:
        self.lines = lines
        self.report = report
        self.at = 0
        self.cues: list[Cue] = []
        self.regions: list[Region] = []
        self.stylesheets: list[str] = []
        self.seen_cue = False
        self.ids: set[str] = set()

    def run(self) -> None:
        first = self.lines[0] if self.lines else ""
        if first[:6] != "WEBVTT" or first[6:7] not in {"", " ", "\t"}:
            self.report.add(Code.NOT_WEBVTT, 1)
            return
        self.at = 1
        if self.at < len(self.lines) and self.lines[self.at]:
            self.report.add(Code.NO_BLANK_AFTER_HEADER, 2)
            self._skip_header()
        while self.at < len(self.lines):
            if self.lines[self.at] == "":
                self.at += 1
            else:
                self._finish(self._collect())

    def _skip_header(self) -> None:
        while self.at < len(self.lines) and self.lines[self.at]:
            if ARROW in self.lines[self.at]:
                return  # the first cue came too early
            self.at += 1

    def _collect(self) -> _Block:
        """Return one block: up to a blank line, or to an arrow that begins the next cue."""
        block = _Block(first=self.at)
        while self.at < len(self.lines) and (line := self.lines[self.at]):
            count = self.at - block.first + 1
            if ARROW in line:
                if block.timings_at is not None or count > 2:
                    self.report.add(Code.NO_BLANK_BEFORE_CUE, self.at + 1)
                    break
                self._read_timings(block, line)
            else:
                self._read_text(block, line, count)
            self.at += 1
        return block

    def _read_timings(self, block: _Block, line: str) -> None:
        number = self.at + 1
        block.timings_at = self.at
        block.id = "\n".join(block.buffer)
        found = timings(line)
        if isinstance(found, int):
            self.report.add(Code.BAD_TIMINGS, number, found + 1)
            return
        block.kind = ""
        block.timings = found
        block.buffer = []
        self.seen_cue = True
        self._check_timings(found, number)
        rest = line[found.settings_at :]
        block.settings = cue_settings(
            rest, tuple(self.regions), self.report, line=number, offset=found.settings_at
        )

    def _check_timings(self, found: Timings, number: int) -> None:
        if found.is_tight:
            self.report.add(Code.TIGHT_ARROW, number)
        if found.start.has_short_hours or found.end.has_short_hours:
            self.report.add(Code.SHORT_HOURS, number)
        if found.end.milliseconds <= found.start.milliseconds:
            self.report.add(Code.END_NOT_AFTER_START, number)
        if self.cues and found.start.milliseconds < self.cues[-1].start:
            self.report.add(Code.STARTS_BEFORE_PREVIOUS, number)

    def _read_text(self, block: _Block, line: str, count: int) -> None:
        if count == 2 and block.timings_at is None and not self.seen_cue:
            head = block.buffer[0].rstrip("\t\n\f\r ") if block.buffer else ""
            if head in {"STYLE", "REGION"}:
                block.kind = head
                block.buffer = []
        block.buffer.append(line)

    def _finish(self, block: _Block) -> None:
        text = "\n".join(block.buffer)
        if block.timings is not None:
            self._add_cue(block, text)
        elif block.kind == "STYLE":
            self.stylesheets.append(text)
        elif block.kind == "REGION":
            self.regions.append(region(text))
        elif block.timings_at is None:
            self._check_rest(block)

    def _add_cue(self, block: _Block, payload: str) -> None:
        if block.timings is None or block.timings_at is None:
            return
        if block.id and block.id in self.ids:
            self.report.add(Code.DUPLICATE_ID, block.first + 1)
        self.ids.add(block.id)
        start, end = block.timings.start.milliseconds, block.timings.end.milliseconds
        number = block.timings_at + 1
        self.cues.append(Cue(block.id, start, end, block.settings, payload, number))
        parse_payload(payload, self.report, Place(number + 1, start, end))

    def _check_rest(self, block: _Block) -> None:
        first = block.buffer[0] if block.buffer else ""
        word = first.rstrip("\t\n\f\r ")
        number = block.first + 1
        if word == "STYLE":
            self.report.add(Code.LATE_STYLE, number)
        elif word == "REGION":
            self.report.add(Code.LATE_REGION, number)
        elif not (first == "NOTE" or first.startswith(("NOTE ", "NOTE\t"))):
            self.report.add(Code.NO_TIMINGS, number)
