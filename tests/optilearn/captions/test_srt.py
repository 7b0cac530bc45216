"""SubRip becomes WebVTT, and captions that roll say each line once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.courses.captions.format import webvtt
from optilearn.courses.captions.format.srt import webvtt_of
from optilearn.courses.captions.format.transcripts import transcript_cues

SRT = """\ufeff1\r
00:00:01,000 --> 00:00:03,500\r
Plants & <i>light</i>\r
\r
2\r
00:01:04,5 --> 00:01:06,000  X1:40 X2:600 Y1:20 Y2:50\r
{\\an8}<font color="#fff">प्रकाश</font> < 3 -->\r
\r
क्या है?\r
3\r
0:59:59,999 --> 1:00:01,000\r
2026\r
"""


FIRST = "00:00:01,000 --> 00:00:02,000"
SECOND = "00:00:03,000 --> 00:00:04,000"


def shown(text: str) -> list[tuple[int, int, str]]:
    document = webvtt.parse(webvtt_of(text))
    assert document.problems == ()
    return [(cue.start, cue.end, cue.text) for cue in document.cues]


def test_a_whole_file() -> None:
    assert shown(SRT) == [
        (1_000, 3_500, "Plants & light"),
        (64_500, 66_000, "प्रकाश < 3 -->\nक्या है?"),
        (3_599_999, 3_601_000, "2026"),
    ]
    assert "Plants &amp; <i>light</i>" in webvtt_of(SRT)
    assert webvtt_of(SRT.replace("\r\n", "\r")) == webvtt_of(SRT)


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("00:01,000 --> 00:02,000\nNo number, no hours", [(1_000, 2_000, "No number, no hours")]),
        ("\n\n1\n00:00:01,000-->00:00:02.000\nA", [(1_000, 2_000, "A")]),
        ("1\n00:00:61,000 --> 00:01:02,000\nA", [(61_000, 62_000, "A")]),
        ("1\n00:00:01,000 --> 00:00:02,000\n<b>A</B> <x> &amp;", [(1_000, 2_000, "A <x> &amp;")]),
        (
            "1\n00:00:01,000 --> 00:00:02,000\nA\n00:00:02,000 --> 00:00:03,000\nB",
            [(1_000, 2_000, "A"), (2_000, 3_000, "B")],
        ),
        # A blank line below the number, or several.
        (f"1\n\n{FIRST}\nA\n\n2\n \n\n{SECOND}\nB", [(1_000, 2_000, "A"), (3_000, 4_000, "B")]),
        # No numbers: the last line of a caption is its own, with and without a blank line.
        (f"{FIRST}\nA\n42\n{SECOND}\n7\n", [(1_000, 2_000, "A\n42"), (3_000, 4_000, "7")]),
        (f"{FIRST}\nA\n42\n\n{SECOND}\nB", [(1_000, 2_000, "A\n42"), (3_000, 4_000, "B")]),
        (f"{FIRST}\n1\n\n{SECOND}\n2", [(1_000, 2_000, "1"), (3_000, 4_000, "2")]),
        # With numbers, only the last of two is the number; only the first number is missing.
        (f"1\n{FIRST}\nA\n42\n2\n{SECOND}\nB", [(1_000, 2_000, "A\n42"), (3_000, 4_000, "B")]),
        (f"{FIRST}\nA\n\n2\n{SECOND}\nB", [(1_000, 2_000, "A"), (3_000, 4_000, "B")]),
        # Numbers that begin anywhere, and are longer than any number is.
        (
            f"0\n{FIRST}\nA\n\n{'9' * 5_000}\n{SECOND}\nB",
            [(1_000, 2_000, "A"), (3_000, 4_000, "B")],
        ),
    ],
)
def test_as_players_read_it(text: str, cues: list[tuple[int, int, str]]) -> None:
    assert shown(text) == cues


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT\n\n00:01.000 --> 00:02.000\n00:00:01,000 --> 00:00:02,000\n",
        "00:00:01.000 --> 00:00:02.000\nNo SRT",
        "",
        "1\nHello, world",
    ],
)
def test_what_is_no_srt_stays(text: str) -> None:
    assert webvtt_of(text) == text


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1)))
def test_every_text_comes_through(texts: list[str]) -> None:
    lines = [" ".join(text.split()) for text in texts]
    srt = "".join(
        f"{n}\n00:00:{n % 60:02},000 --> 00:00:59,999\nx{line}\n\n" for n, line in enumerate(lines)
    )
    found = [cue.text for cue in webvtt.parse(webvtt_of(srt)).cues]
    tags = ("<", "{", "\ue000")
    wanted = [f"x{line}" for line in lines]
    for line, cue in zip(wanted, found, strict=True):
        assert cue == line or any(tag in line for tag in tags)


def rolled(*texts: str) -> list[dict[str, Any]]:
    return [{"start": n, "end": n + 1, "text": text} for n, text in enumerate(texts)]


def said(*texts: str) -> list[str]:
    return [cue["text"] for cue in transcript_cues(rolled(*texts))]


def test_rolling_lines_are_said_once() -> None:
    youtube = (
        " \nplants need",
        "plants need\n ",
        "plants need\nlight to grow",
        "light to grow\n ",
        "light to grow\nand water",
        "and water",
    )
    assert said(*youtube) == ["plants need", "light to grow", "and water"]
    first, second, _third = transcript_cues(rolled(*youtube))
    assert (first["start"], first["end"]) == (0, 2)
    assert (second["start"], second["end"]) == (2, 4)
    assert said("a", "a\nb", "a\nb\nc", "b\nc\nd") == ["a", "b", "c", "d"]
    assert said("no", "no\nno", "no\nyes") == ["no", "no", "yes"]


@pytest.mark.parametrize(
    "texts",
    [
        ("No!", "No!"),
        ("No!", "No!", "Yes."),
        ("a", "b", "c", "c\nd", "e", "f"),
        ("a\nb", "c\nd"),
        (),
    ],
)
def test_what_is_said_twice_stays(texts: tuple[str, ...]) -> None:
    assert said(*texts) == list(texts)
