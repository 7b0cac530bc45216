"""WebVTT, read as browsers read it and judged as a validator would (no Django in here)."""

from optilearn.courses.captions.format.webvtt.cuetext import plain_text
from optilearn.courses.captions.format.webvtt.parser import Cue, Document, parse
from optilearn.courses.captions.format.webvtt.problems import MESSAGES, Code, Problem
from optilearn.courses.captions.format.webvtt.regions import Region
from optilearn.courses.captions.format.webvtt.settings import Settings

__all__ = [
    "MESSAGES",
    "Code",
    "Cue",
    "Document",
    "Problem",
    "Region",
    "Settings",
    "parse",
    "plain_text",
]
