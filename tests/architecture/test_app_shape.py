"""Every app has the same parts under the same names, so that who knows one finds their way in all.

A part is a module or a folder. docs/architecture.md says what goes where.
"""

from __future__ import annotations

import pytest

from tests.architecture.support import ROOT, imported_modules, module_of, python_files, where

PLATFORM = ROOT / "platform" / "optilearn"

PARTS = {
    "models": "tables",
    "rules": "named facts about records: SQL fragments and their Python twins",
    "policies": "permissions",
    "selectors": "reads",
    "services": "writes: policy, change, audit entry, event",
    "schemas": "the wire",
    "api": "routes",
    "events": "what other apps may subscribe to",
    "providers": "what the app asks of those above it",
    "personal_data": "rules for exports and erasures",
    "apps": "subscriptions and providers, set up in ready()",
    "migrations": "the history of the tables",
}
PUBLIC = {"models", "rules", "selectors", "services", "events", "providers", "personal_data"}
"""What other apps may import; ``captions`` and ``xapi`` are apps in small, with their own parts."""

MORE = {
    "courses": {"captions": "an app in small: captions and transcripts"},
    "courses/captions": {"format": "reading and writing WebVTT and SRT, without records"},
    "enrollment": {
        "drip": "when lessons open and close, without records",
        "fields": "the column of watched seconds, which migrations import from here",
    },
    "assessment": {
        "gradebook": "an app in small: grades, totals, and how a course is graded",
        "quizzes": "an app in small: question banks, quizzes, attempts",
    },
    "assessment/quizzes": {
        "questions": "the nine types: content, answers, marks, without records",
        "timing": "when attempts start and end, without records",
        "visibility": "what students see of their attempts, and when",
    },
    "assessment/gradebook": {"totals": "the arithmetic of totals, without records"},
    "activity": {"xapi": "an app in small: the standard's statements and documents"},
    "activity/xapi": {"format": "reading and checking the standard's JSON, without records"},
}
"""The apps that have the shape, with their parts beyond it and a reason for each."""


@pytest.mark.parametrize("app", MORE)
def test_apps_have_the_same_parts(app: str) -> None:
    found = {
        path.stem
        for path in (PLATFORM / app).iterdir()
        if not path.name.startswith("__") and (path.is_dir() or path.suffix == ".py")
    }
    unknown = found - PARTS.keys() - MORE[app].keys()
    assert not unknown, f"{app} has parts that no other app has: {sorted(unknown)}"
    assert not MORE[app].keys() - found


@pytest.mark.parametrize("app", [app for app in MORE if "/" not in app])
def test_other_apps_import_public_parts_alone(app: str) -> None:
    small = {part for part in MORE[app] if f"{app}/{part}" in MORE}
    wrong = []
    for path in python_files("platform", "worker"):
        if path.is_relative_to(PLATFORM / app) or module_of(path).startswith("optilearn.config"):
            continue
        for target in imported_modules(path):
            parts = target.split(".")[1:]
            if not target.startswith(f"optilearn.{app}.") or path.is_relative_to(PLATFORM / "demo"):
                continue
            part = parts[2] if parts[1] in small and len(parts) > 2 else parts[1]
            if part not in PUBLIC:
                wrong.append(f"{where(path)} imports {target}")
    assert not wrong, "\n".join(wrong)
