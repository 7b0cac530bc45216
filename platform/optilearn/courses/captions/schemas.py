"""Schemas of captions and transcripts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, WithJsonSchema

from optilearn.core.http.envelope import CamelSchema
from optilearn.core.text import Seen
from optilearn.courses.captions.format.webvtt.problems import Code
from optilearn.courses.rules import CAPTIONS_MAX_BYTES


class CaptionIn(CamelSchema):
    """A file of WebVTT or SRT."""

    text: str = Field(
        max_length=CAPTIONS_MAX_BYTES,
        description="At most 2 MB in UTF-8.",
        examples=["WEBVTT\n\n00:00:01.000 --> 00:00:03.500\nनमस्ते!\n"],
    )
    label: Annotated[Seen, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f]*$")] = Field(
        "", description="As players list it; the language's tag, if it is empty."
    )


class CaptionProblem(CamelSchema):
    """A problem that a validator reports; line and column are counted from 1."""

    line: int
    column: int
    code: Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(Code)})]
    message: str


class LessonCaption(CamelSchema):
    """The captions of a lesson in one language."""

    language: str
    label: str
    cue_count: int
    updated_at: datetime
    problems: list[CaptionProblem] | None = Field(description="Null for who is no staff.")


class TranscriptCue(CamelSchema):
    """A piece of a transcript: plain text, to be escaped as any other. Times in seconds."""

    start: float
    end: float
    text: str


class TranscriptOut(CamelSchema):
    """The transcript of a lesson, or the cues that hold some words."""

    language: str
    languages: list[str]
    total: int
    cues: list[TranscriptCue]


class TranscriptQuery(CamelSchema):
    """The language of a transcript, and the words to look for."""

    language: str | None = Field(None, max_length=40, examples=["hi"])
    q: str = Field("", max_length=200, description="Words to find, in any case.")


class CaptionDeleted(CamelSchema):
    """It is gone."""

    deleted: bool
