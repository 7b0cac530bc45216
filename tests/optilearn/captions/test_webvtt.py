"""The parser against the rules of docs/protocols.md#captions, case by case."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.courses.captions.format.webvtt import Code, Cue, Document, parse

TIMES = "00:00:00.000 --> 00:00:01.000"


def cues(text: str | bytes) -> list[Cue]:
    return list(parse(text).cues)


def one(timings: str, payload: str = "text") -> Cue | None:
    found = cues(f"WEBVTT\n\n{timings}\n{payload}\n")
    assert len(found) <= 1
    return found[0] if found else None


def with_settings(settings: str) -> Cue:
    cue = one(f"{TIMES} {settings}")
    assert cue is not None
    return cue


def codes(document: Document) -> list[Code]:
    return [p.code for p in document.problems]


class TestDecoding:
    def test_a_byte_order_mark_is_dropped(self) -> None:
        assert len(cues(b"\xef\xbb\xbfWEBVTT\n\n" + TIMES.encode() + b"\nx")) == 1
        assert len(cues(f"\ufeffWEBVTT\n\n{TIMES}\nx")) == 1

    def test_a_second_byte_order_mark_is_garbage(self) -> None:
        assert codes(parse(b"\xef\xbb\xbf\xef\xbb\xbfWEBVTT\n\n" + TIMES.encode())) == [
            Code.NOT_WEBVTT,
            Code.NO_CUES,
        ]

    def test_bad_bytes_become_replacement_characters_and_are_reported(self) -> None:
        document = parse(f"WEBVTT\r\n\r\n{TIMES}\r\nhé".encode() + b"\xff!")
        assert document.cues[0].text == "hé\ufffd!"
        assert [(p.line, p.column, p.code) for p in document.problems] == [(4, 3, Code.BAD_UTF8)]

    def test_a_replacement_character_of_the_authors_own_is_none_of_ours(self) -> None:
        assert not parse(f"WEBVTT\n\n{TIMES}\nwhat is \ufffd?".encode()).problems

    def test_nul_becomes_a_replacement_character(self) -> None:
        document = parse(f"WEBVTT\n\n{TIMES}\na\0b")
        assert document.cues[0].payload == "a\ufffdb"
        assert [(p.line, p.column, p.code) for p in document.problems] == [
            (4, 2, Code.NUL_CHARACTER)
        ]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_all_line_ends_are_the_same(self, end: str) -> None:
        text = end.join(["WEBVTT", "", TIMES, "one", "two", "", TIMES, "three", ""])
        assert [c.payload for c in cues(text)] == ["one\ntwo", "three"]

    def test_line_ends_may_be_mixed(self) -> None:
        assert [c.payload for c in cues(f"WEBVTT\r\r\n{TIMES}\rone\r\n\n{TIMES}\ntwo")] == [
            "one",
            "two",
        ]


class TestSignature:
    @pytest.mark.parametrize(
        "first", ["WEBVTT", "WEBVTT ", "WEBVTT\t", "WEBVTT - a title", "WEBVTT FILE -->"]
    )
    def test_taken(self, first: str) -> None:
        assert len(cues(f"{first}\n\n{TIMES}\nx")) == 1

    @pytest.mark.parametrize(
        "first",
        ["", "WEBVT", "webvtt", "WEBVTTx", "WEBVTT-", " WEBVTT", "\tWEBVTT", "x\nWEBVTT",
         "\nWEBVTT", "WEBVTT\u00a0", "WEBVTT\x0c"],
    )  # fmt: skip
    def test_not_webvtt(self, first: str) -> None:
        document = parse(f"{first}\n\n{TIMES}\nx")
        assert not document.cues
        assert codes(document) == [Code.NOT_WEBVTT, Code.NO_CUES]

    @pytest.mark.parametrize("text", ["WEBVTT", "WEBVTT\n", "WEBVTT\n\n\n", "WEBVTT \r"])
    def test_a_file_may_have_no_cues(self, text: str) -> None:
        assert codes(parse(text)) == [Code.NO_CUES]

    def test_an_empty_file(self) -> None:
        assert codes(parse(b"")) == [Code.NOT_WEBVTT, Code.NO_CUES]

    def test_the_rest_of_the_header_is_ignored(self) -> None:
        document = parse(f"WEBVTT\nKind: captions\nLanguage: hi\n\n{TIMES}\nx")
        assert len(document.cues) == 1
        assert codes(document) == [Code.NO_BLANK_AFTER_HEADER]

    def test_an_arrow_in_the_header_begins_a_cue(self) -> None:
        assert [(c.id, c.payload) for c in cues(f"WEBVTT\n{TIMES}\nx")] == [("", "x")]
        found = cues(f"WEBVTT\nKind: captions\n{TIMES}\nx\n\n{TIMES}\ny")
        assert [(c.id, c.payload) for c in found] == [("", "x"), ("", "y")]


class TestBlocks:
    def test_only_an_empty_line_ends_a_block(self) -> None:
        assert [c.payload for c in cues(f"WEBVTT\n\n{TIMES}\none\n \ntwo\n\n\n\n{TIMES}")] == [
            "one\n \ntwo",
            "",
        ]

    def test_an_arrow_in_a_payload_begins_another_cue(self) -> None:
        document = parse(f"WEBVTT\n\n{TIMES}\none\n{TIMES}\ntwo")
        assert [c.payload for c in document.cues] == ["one", "two"]
        assert [(p.line, p.code) for p in document.problems] == [(5, Code.NO_BLANK_BEFORE_CUE)]

    def test_a_line_with_an_arrow_that_is_no_timing_ends_the_cue_too(self) -> None:
        assert [c.payload for c in cues(f"WEBVTT\n\n{TIMES}\none\nlook --> there\ntwo")] == ["one"]

    def test_two_arrows_in_a_row(self) -> None:
        assert [c.payload for c in cues(f"WEBVTT\n\n{TIMES}\n{TIMES}\nx")] == ["", "x"]
        assert [c.payload for c in cues(f"WEBVTT\n\n-->\n{TIMES}\nx")] == ["x"]

    @pytest.mark.parametrize("note", ["NOTE", "NOTE a", "NOTE\ta", "NOTE\nlines\nof it"])
    def test_notes_are_ignored(self, note: str) -> None:
        document = parse(f"WEBVTT\n\n{note}\n\n{TIMES}\nx\n\n{note}")
        assert [c.payload for c in document.cues] == ["x"]
        assert not document.problems

    def test_a_note_with_an_arrow_is_a_cue_with_an_id(self) -> None:
        assert [(c.id, c.payload) for c in cues(f"WEBVTT\n\nNOTE\n{TIMES}\nx")] == [("NOTE", "x")]

    @pytest.mark.parametrize("name", ["1", "intro", "पहला", " - ", "STYLE", "--", "->", "> --"])
    def test_an_id_may_be_anything_without_an_arrow(self, name: str) -> None:
        document = parse(f"WEBVTT\n\n{name}\n{TIMES}\nx")
        assert [(c.id, c.payload) for c in document.cues] == [(name, "x")]

    def test_two_lines_before_the_timings_are_no_id(self) -> None:
        found = cues(f"WEBVTT\n\none\ntwo\n{TIMES}\nx")
        assert [(c.id, c.payload) for c in found] == [("", "x")]

    def test_a_repeated_id_is_reported(self) -> None:
        document = parse(f"WEBVTT\n\na\n{TIMES}\nx\n\na\n{TIMES}\ny")
        assert [(p.line, p.code) for p in document.problems] == [(7, Code.DUPLICATE_ID)]

    def test_text_without_timings_is_left_out_and_reported(self) -> None:
        document = parse(f"WEBVTT\n\nlost words\n\n{TIMES}\nx")
        assert [c.payload for c in document.cues] == ["x"]
        assert [(p.line, p.code) for p in document.problems] == [(3, Code.NO_TIMINGS)]

    def test_style_and_region_only_before_the_first_cue(self) -> None:
        head = "STYLE\n::cue { color: red }\n\nREGION\nid:a lines:2 width:40%\nscroll:up\n\n"
        document = parse(f"WEBVTT\n\n{head}{TIMES} region:a\nx\n\n{head}")
        assert document.stylesheets == ("::cue { color: red }",)
        assert [(r.id, r.lines, r.width, r.scrolls_up) for r in document.regions] == [
            ("a", 2, 40.0, True)
        ]
        assert document.cues[0].settings.region == document.regions[0]
        assert codes(document) == [Code.LATE_STYLE, Code.LATE_REGION]

    def test_a_style_block_ends_at_an_arrow(self) -> None:
        document = parse(f"WEBVTT\n\nSTYLE \t\na {{}}\n{TIMES}\nx")
        assert document.stylesheets == ("a {}",)
        assert [c.payload for c in document.cues] == ["x"]

    def test_bad_timings_leave_style_allowed(self) -> None:
        assert parse("WEBVTT\n\n0 --> 1\nx\n\nSTYLE\na {}").stylesheets == ("a {}",)

    @pytest.mark.parametrize(
        ("settings", "wanted"),
        [
            ("regionanchor:10%,20% viewportanchor:0%,100%", ((10.0, 20.0), (0.0, 100.0))),
            ("regionanchor:10% viewportanchor:1%,101%", ((0.0, 100.0), (0.0, 100.0))),
            ("regionanchor:,1% viewportanchor:5%,x%", ((0.0, 100.0), (0.0, 100.0))),
        ],
    )
    def test_anchors_of_regions(self, settings: str, wanted: object) -> None:
        region = parse(
            f"WEBVTT\n\nREGION\n{settings} lines:x width:-1% scroll:down :a b:\n"
        ).regions
        assert (region[0].anchor, region[0].viewport_anchor) == wanted
        assert (region[0].lines, region[0].width, region[0].scrolls_up) == (3, 100.0, False)


class TestTimestamps:
    @pytest.mark.parametrize(
        ("stamp", "milliseconds"),
        [
            ("00:00.000", 0),
            ("59:59.999", 3_599_999),
            ("00:00:00.001", 1),
            ("0:00:01.000", 1_000),
            ("000:00:01.000", 1_000),
            ("1:00:00.000", 3_600_000),
            ("123:00:00.000", 442_800_000),
        ],
    )
    def test_taken(self, stamp: str, milliseconds: int) -> None:
        cue = one(f"{stamp} --> 999:00:00.000")
        assert cue is not None
        assert cue.start == milliseconds

    @pytest.mark.parametrize(
        "stamp",
        ["0:00.000", "000:00.000", "60:00.000", "00:60.000", "00:60:00.000", "00:00:60.000",
         ".00", "00:00", "00:00.00", "00:00.0000", "00:00:00.00", "00:00:00.0000", "00:0.000",
         "0:0:0.000", "00:00,000", "00:00:00,000", "00:00:00:000", "-1:00.000", "-00:00:01.000",
         "1.5", "", "०0:00.000", "०१:०२.०००", "00:00:000.000", "00:000:00.000", "00.000"],
    )  # fmt: skip
    def test_refused(self, stamp: str) -> None:
        document = parse(f"WEBVTT\n\n{stamp} --> 01:00:00.000\nlost\n\n{TIMES}\nkept")
        assert [c.payload for c in document.cues] == ["kept"]
        assert codes(document) == [Code.BAD_TIMINGS]

    def test_hours_of_any_length(self) -> None:
        cue = one(f"00:00.000 --> {'9' * 100_000}:00:00.000")
        assert cue is not None
        assert cue.end > 10**12

    @pytest.mark.parametrize("arrow", ["-->", " -->", "--> ", "\t-->\t", "   -->  "])
    def test_space_around_the_arrow_is_optional(self, arrow: str) -> None:
        document = parse(f"WEBVTT\n\n \t00:00.000{arrow}00:01.000 \t\nx")
        assert len(document.cues) == 1
        tight = not (arrow[0].isspace() and arrow[-1].isspace())
        assert codes(document) == ([Code.TIGHT_ARROW] if tight else [])

    @pytest.mark.parametrize(
        "line",
        ["00:00.000 -> 00:01.000", "00:00.000 - -> 00:01.000", "00:00.000 --\u00a0> 00:01.000",
         "00:00.000\u00a0--> 00:01.000", "00:00.000 a--> 00:01.000", "00:00.000 -->a 00:01.000",
         "00:00.000 -->", "--> 00:01.000", "00:00.000 ---> 00:01.000"],
    )  # fmt: skip
    def test_broken_arrows(self, line: str) -> None:
        assert one(line) is None

    def test_where_bad_timings_are_bad(self) -> None:
        problem = parse("WEBVTT\n\n00:00.000 --> 00:61.000\nx").problems[-1]
        assert (problem.line, problem.column, problem.code) == (3, 24, Code.BAD_TIMINGS)

    def test_settings_may_follow_without_a_space(self) -> None:
        cue = one("00:00.000 --> 00:01.000align:end")
        assert cue is not None
        assert cue.settings.align == "end"

    @pytest.mark.parametrize("end", ["00:05.000", "00:04.000", "00:00.000"])
    def test_no_or_negative_duration_is_a_cue_and_reported(self, end: str) -> None:
        document = parse(f"WEBVTT\n\n00:05.000 --> {end}\nx")
        assert len(document.cues) == 1
        assert codes(document) == [Code.END_NOT_AFTER_START]

    def test_what_only_authors_must_not_write(self) -> None:
        document = parse("WEBVTT\n\n0:00:05.000 --> 0:00:06.000\nx\n\n00:01.000 --> 00:02.000\ny")
        assert len(document.cues) == 2
        assert codes(document) == [Code.SHORT_HOURS, Code.STARTS_BEFORE_PREVIOUS]


class TestSettings:
    @pytest.mark.parametrize(
        ("value", "line"),
        [("-1", -1), ("0", 0), ("-0", 0), ("1", 1), ("100", 100), ("101", 101), ("65536", 65536),
         ("4294967296", 2**32), ("1" + "0" * 34, 1e34), ("1.5", 1.5)],
    )  # fmt: skip
    def test_lines(self, value: str, line: float) -> None:
        settings = with_settings(f"line:{value}").settings
        assert (settings.line, settings.snaps_to_lines) == (line, True)

    @pytest.mark.parametrize("value", ["0%", "00%", "100%", "99.5%"])
    def test_lines_in_percent(self, value: str) -> None:
        settings = with_settings(f"line:{value}").settings
        assert (settings.line, settings.snaps_to_lines) == (float(value[:-1]), False)

    @pytest.mark.parametrize(
        "value",
        ["65536%", "-0%", "101%", "100.1%", "1%-", "1-", "%1", "1%%", "0%0", " 0%", "0%x", "-",
         "%", "1..5", ".5", "5.", "-.5", "--1", "1,5.", "", "auto", "१", ",start", "1" * 400],
    )  # fmt: skip
    def test_bad_lines(self, value: str) -> None:
        document = parse(f"WEBVTT\n\n{TIMES} line:{value}\nx")
        settings = document.cues[0].settings
        assert (settings.line, settings.snaps_to_lines) == (
            (1, True) if "," in value[1:] else (None, True)
        )
        assert Code.BAD_SETTING in codes(document)

    @pytest.mark.parametrize("align", ["start", "center", "end"])
    def test_alignments_of_lines(self, align: str) -> None:
        settings = with_settings(f"line:100%,{align}").settings
        assert (settings.line, settings.line_align) == (100, align)

    @pytest.mark.parametrize("align", ["middle", "", "start,end", "START"])
    def test_an_unknown_alignment_drops_only_itself(self, align: str) -> None:
        document = parse(f"WEBVTT\n\n{TIMES} line:100%,{align} position:1%,{align}\nx")
        settings = document.cues[0].settings
        assert (settings.line, settings.line_align) == (100, "start")
        assert (settings.position, settings.position_align) == (1, "auto")
        assert codes(document) == [Code.BAD_SETTING] * 2

    @pytest.mark.parametrize("align", ["line-left", "center", "line-right"])
    def test_positions(self, align: str) -> None:
        assert with_settings(f"position:1.5%,{align}").settings.position_align == align
        assert with_settings("position:100%").settings.position == 100

    @pytest.mark.parametrize(
        "value", ["-1%", "1", "1x", "1%x", "", " 1%", "101%", "101%,center", "start", ".5%", "1.%"]
    )
    def test_bad_positions(self, value: str) -> None:
        assert with_settings(f"position:{value}").settings.position is None

    @pytest.mark.parametrize(("value", "size"), [("0%", 0), ("50%", 50), ("100%", 100)])
    def test_sizes(self, value: str, size: float) -> None:
        assert with_settings(f"size:{value}").settings.size == size

    @pytest.mark.parametrize("value", ["-1%", "50", "101%", "50 %", "x%", "1,5%"])
    def test_bad_sizes(self, value: str) -> None:
        assert with_settings(f"size:{value}").settings.size == 100

    @pytest.mark.parametrize("align", ["start", "center", "end", "left", "right"])
    def test_alignments(self, align: str) -> None:
        assert with_settings(f"align:{align}").settings.align == align

    @pytest.mark.parametrize("align", ["middle", "End", "line-left", ""])
    def test_bad_alignments(self, align: str) -> None:
        assert with_settings(f"align:{align}").settings.align == "center"

    def test_vertical(self) -> None:
        assert with_settings("vertical:rl").settings.vertical == "rl"
        assert with_settings("vertical:lr").settings.vertical == "lr"
        assert with_settings("vertical:tb").settings.vertical == ""

    def test_later_ones_win_but_broken_ones_do_not(self) -> None:
        settings = with_settings(
            "position:1% align:start position:x align:end line:2 line:"
        ).settings
        assert (settings.position, settings.align, settings.line) == (1, "end", 2)

    def test_unknown_ones_are_skipped_and_reported_by_column(self) -> None:
        document = parse(f"WEBVTT\n\n{TIMES} colour:red align:end nonsense :x\nx")
        assert document.cues[0].settings.align == "end"
        assert [(p.column, p.code) for p in document.problems] == [
            (31, Code.UNKNOWN_SETTING),
            (52, Code.BAD_SETTING),
            (61, Code.BAD_SETTING),
        ]

    def test_regions(self) -> None:
        head = "WEBVTT\n\nREGION\nid:a\n\nREGION\nid:b\n\nREGION\nid:a lines:9\n\n"

        def region(settings: str) -> tuple[str, int] | None:
            found = parse(f"{head}{TIMES} {settings}\nx").cues[0].settings.region
            return (found.id, found.lines) if found else None

        assert region("region:a") == ("a", 9)
        assert region("region:a region:b") == ("b", 3)
        assert region("region:no") is None
        assert region("region:") is None
        assert region("region:a line:1") is None
        assert region("region:a size:50%") is None
        assert region("region:a vertical:rl") is None


def test_the_report_does_not_grow_without_end() -> None:
    document = parse("WEBVTT\n\n" + "no timings\n\n" * 10_000 + f"{TIMES}\n" + "& " * 500_000)
    assert len(document.problems) == 201
    assert document.problems[-1].code is Code.TOO_MANY
    assert len(document.cues) == 1


def test_every_code_has_its_words() -> None:
    from optilearn.courses.captions.format.webvtt import MESSAGES

    assert set(MESSAGES) == set(Code)


LINES = st.sampled_from(
    ["WEBVTT", "", "", TIMES, "-->", "x --> y", "STYLE", "REGION", "NOTE", "id", "<b>a & b</v>",
     "00:00.000 --> 00:01.000 line:1 size:50% region:a", "\ufeff", "\0", "&#99999999999;", "<"]
)  # fmt: skip


@given(st.lists(LINES, max_size=30), st.sampled_from(["\n", "\r", "\r\n"]))
def test_whatever_comes_is_read_and_placed(lines: list[str], end: str) -> None:
    document = parse(end.join(["WEBVTT", *lines]))
    for problem in document.problems:
        assert 1 <= problem.line <= len(lines) + 1
        assert problem.column >= 1
    for cue in document.cues:
        assert "-->" not in cue.payload
        assert cue.text.count("<") <= cue.payload.count("&")
    assert all(before.line < after.line for before, after in pairwise(document.cues))


@given(st.binary(max_size=300))
def test_any_bytes_are_read(source: bytes) -> None:
    parse(source)
    parse(b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + source)
