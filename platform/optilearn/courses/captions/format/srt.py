"""SubRip files (SRT), which many programs write, as WebVTT.

There is no specification; this is what players agree on. A cue begins at a line of timings,
wherever blank lines and numbers are missing or too many; the cues of a file have numbers, or none
has; tags of italics, bold and underline stay, others and the positions of ASS go, and all else is
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TIME: Final = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMINGS: Final = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?", re.ASCII)
_NUMBER: Final = re.compile(r"\d+", re.ASCII)
_STYLES: Final = re.compile(r"<(/?)([ibu])>", re.IGNORECASE)
_DROPPED: Final = re.compile(r"</?(?:font|span|s|strike)\b[^>\n]*>|\{\\[^}\n]*\}", re.IGNORECASE)
_MARK: Final = "\ue000"
"""Stands for the bracket of a kept tag while the others are escaped; no text has it."""


def webvtt_of(text: str) -> str:
    """Return the text as WebVTT, if it is SRT; anything else as it is."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("WEBVTT") or not any(_has_comma(line) for line in lines):
        return text
    return "WEBVTT\n\n" + "\n\n".join(_cues(lines)) + "\n"


def _has_comma(line: str) -> bool:
    """Return True for a line of timings as only SRT has them."""
    return _TIMINGS.fullmatch(line) is not None and "," in line


def _cues(lines: list[str]) -> Iterator[str]:
    """Return the cues, each with its timings and text; what stands before the first is left out."""
    timings: list[str] = []
    payloads: list[list[str]] = [[]]  # the first stands before all timings
    for line in lines:
        match = _TIMINGS.fullmatch(line)
        if match:
            timings.append(f"{_time(*match.groups()[:4])} --> {_time(*match.groups()[4:])}")
            payloads.append([])
        elif line.strip():
            payloads[-1].append(line)
    # What stands above each timing: the cue's number, or the last line of the cue before.
    above = [payload[-1].strip() if payload else "" for payload in payloads[:-1]]
    if _is_numbered(above):
        for payload, line in zip(payloads, above, strict=False):
            if _NUMBER.fullmatch(line):
                payload.pop()
    for timing, payload in zip(timings, payloads[1:], strict=True):
        yield "\n".join([timing, *(_text(line) for line in payload)])


def _is_numbered(above: list[str]) -> bool:
    """Return True if the file's cues have numbers; one line alone might be text.

    Above the first timing stands no text. Where no number does either, those above the others
    have to be the places of their cues.
    """
    found = {nth: line for nth, line in enumerate(above, 1) if _NUMBER.fullmatch(line)}
    return 1 in found or all(line == str(nth) for nth, line in found.items())


def _time(hours: str | None, minutes: str, seconds: str, fraction: str) -> str:
    """Minutes and seconds beyond 59 are carried, as players do."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    minutes_in_all, second = divmod(whole, 60)
    hour, minute = divmod(minutes_in_all, 60)
    return f"{hour:02}:{minute:02}:{second:02}.{fraction:0<3}"


def _text(line: str) -> str:
    plain = _DROPPED.sub("", line.replace(_MARK, ""))
    marked = _STYLES.sub(lambda tag: f"{_MARK}{tag[1]}{tag[2].lower()}{_MARK}", plain)
    escaped = marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(rf"{_MARK}(/?[ibu]){_MARK}", r"<\1>", escaped)
