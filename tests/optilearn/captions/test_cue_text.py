"""The payload of cues: tags, timestamps and character references (docs/protocols.md#captions)."""

from __future__ import annotations

import pytest

from optilearn.courses.captions.format.webvtt import Code, parse, plain_text
from optilearn.courses.captions.format.webvtt.cuetext import Element, parse_payload

TIMES = "00:00:00.000 --> 00:00:01.000"


class TestPayload:
    @pytest.mark.parametrize(
        ("payload", "text"),
        [
            ("plain", "plain"),
            ("<b>bold</b> <i.x.y>it</i>", "bold it"),
            ("<v.loud Tom & Uma>Hi</v>", "Hi"),
            ("<lang hi>नमस्ते</lang>", "नमस्ते"),
            ("<ruby>漢<rt>kan</rt></ruby>", "漢kan"),
            ("a<00:00:00.500>b", "ab"),
            ("<script>alert(1)</script>", "alert(1)"),
            ("<img src=x onerror=alert(1)>x", "x"),
            ("&lt;b&gt; &amp; &lrm;&rlm;&nbsp;x", "<b> & \u200e\u200f\u00a0x"),
            ("&eacute;&#233;&#xE9;&copy", "ééé©"),
            ("&unknown; & &; &&amp;", "&unknown; & &; &&"),
            ("&am<b>p;", "&amp;".replace("amp;", "am") + "p;"),
            ("1 < 2", "1 "),
            ("a <", "a "),
            ("<b", ""),
            ("a > b", "a > b"),
            ("&#0;&#xD800;&#1114112;&#x110000;", "\ufffd" * 4),
            ("two\nlines", "two\nlines"),
        ],
    )
    def test_plain_text(self, payload: str, text: str) -> None:
        assert plain_text(payload) == text

    @pytest.mark.parametrize("digits", ["9" * 100_000, "0" * 100_000 + "65"])
    def test_endless_references(self, digits: str) -> None:
        assert plain_text(f"&#{digits};") == ("A" if digits.startswith("0") else "\ufffd")
        assert plain_text(f"&#x{'f' * 100_000};") == "\ufffd"

    def test_the_tree(self) -> None:
        root = parse_payload("<v.a.b Dr.  Rao><b>no<00:01.000>w</b><lang hi>हाँ<i>!")
        (voice,) = root.children
        assert isinstance(voice, Element)
        assert (voice.name, voice.classes, voice.annotation) == ("v", ("a", "b"), "Dr. Rao")
        bold, lang = voice.children
        assert isinstance(bold, Element)
        assert isinstance(lang, Element)
        assert bold.children == ["no", 1_000, "w"]
        assert lang.annotation == "hi"
        assert lang.children == ["हाँ", Element("i", children=["!"])]  # closed by the end

    def test_wrong_ends_are_ignored_and_ruby_closes_its_rt(self) -> None:
        root = parse_payload("a</b>b<b></i>c</b >d<ruby>x<rt>y</ruby>z")
        bold = root.children[2]
        assert isinstance(bold, Element)
        ruby = bold.children[2]
        assert isinstance(ruby, Element)
        assert [root.children[:2], bold.children[:2]] == [["a", "b"], ["c", "d"]]
        assert ruby.children == ["x", Element("rt", children=["y"])]
        assert bold.children[3] == "z"

    def test_a_million_open_tags(self) -> None:
        assert plain_text("<b>" * 300_000 + "x") == "x"
        assert len(parse(f"WEBVTT\n\n{TIMES}\n" + "<b>" * 300_000).cues) == 1

    @pytest.mark.parametrize(
        ("payload", "wanted"),
        [
            ("<b>x", [(1, 5, Code.UNCLOSED_TAG)]),
            ("<v Tom>x", []),
            ("ok\n<x>y</x>", [(2, 1, Code.UNKNOWN_TAG), (2, 5, Code.UNOPENED_TAG)]),
            ("<rt>x</rt>", [(1, 1, Code.MISPLACED_RT), (1, 6, Code.UNOPENED_TAG)]),
            ("<v>x</v>", [(1, 1, Code.NO_ANNOTATION)]),
            ("a & b &amp; c", [(1, 3, Code.BARE_AMPERSAND)]),
            ("a<00:00:00.5>b", [(1, 2, Code.BAD_TAG_TIMESTAMP)]),
            ("a<00:00:02.000>b", [(1, 2, Code.TAG_TIMESTAMP_OUTSIDE)]),
            ("a<00:00.500>b<00:00.400>c", [(1, 14, Code.TAG_TIMESTAMP_OUTSIDE)]),
        ],
    )  # fmt: skip
    def test_reported(self, payload: str, wanted: list[tuple[int, int, Code]]) -> None:
        found = parse(f"WEBVTT\n\n{TIMES}\n{payload}").problems
        assert [(p.line - 3, p.column, p.code) for p in found] == wanted
