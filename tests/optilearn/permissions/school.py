"""Everybody sees their school; administrators set it."""

from __future__ import annotations

from typing import Final

from tests.support.permissions import ADMINS, EVERYBODY, Rule

RULES: Final = [
    Rule("GET", "/api/school", EVERYBODY),
    Rule("PATCH", "/api/school", ADMINS, body=lambda _: {"minGroupSize": 5}),
]
