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
        "assignments": "an app in small: assignments, extensions, handing in",
        "copying": "an app in small: what a copied course takes along",
        "groups": "an app in small: groups of students who hand in together",
        "marking": "an app in small: the queue, marks, comments, moderation, regrades",
        "rubrics": "an app in small: rubrics and their versions",
        "peer_reviews": "an app in small: students review each other's work",
        "gradebook": "an app in small: grades, totals, and how a course is graded",
        "question_files": "an app in small: questions in the formats of other systems",
        "quizzes": "an app in small: question banks, quizzes, attempts",
    },
    "assessment/assignments": {
        "anonymity": "names of submissions where markers see no names",
        "timing": "due dates and closes with extensions, without records",
    },
    "assessment/copying": {},
    "assessment/groups": {},
    "assessment/marking": {},
    "assessment/rubrics": {"content": "criteria, levels, and what ratings add up to"},
    "assessment/question_files": {
        "drafts": "questions between a file and the bank, without records",
        "formats": "the formats by name: how each is read and written",
        "gift": "reading and writing GIFT, reading Aiken, without records",
        "markup": "HTML of other systems, without records",
        "moodle": "ways of Moodle that its formats share, without records",
        "moodle_xml": "reading and writing Moodle XML, without records",
        "planning": "the outcome of each question of a file",
        "qti": "reading and writing QTI, without records",
        "shares": "shares that Moodle takes, without records",
        "uploads": "bytes and packages that are sent, without records",
        "xmltree": "reading XML that strangers send, without records",
    },
    "assessment/quizzes": {
        "questions": "the nine types: content, answers, marks, without records",
        "timing": "when attempts start and end, without records",
        "visibility": "what students see of their attempts, and when",
    },
    "assessment/gradebook": {
        "exchange": "gradebooks as files, without records",
        "totals": "the arithmetic of totals, without records",
    },
    "assessment/peer_reviews": {
        "allocation": "reviewers for work, without records",
        "scoring": "median, average and outliers, without records",
        "visibility": "when authors see reviews",
    },
    "languages": {},
    "parents": {},
    "calendars": {
        "entries": "an entry of a calendar, without records",
        "ical": "writing iCalendar, without records",
        "revisions": "what feeds have published of entries, without records",
    },
    "community": {
        "announcements": "an app in small: announcements, their audience, receipts",
        "discussions": "an app in small: threads, posts, moderation",
        "messages": "an app in small: messages between people, the school's rules about them",
        "requests": "requests that are sent again",
        "texts": "HTML that people write for others",
    },
    "community/announcements": {},
    "community/discussions": {},
    "community/messages": {},
    "recognition": {
        "certificates": "an app in small: certificates, their templates and verification",
        "open_badges": "credentials of badges and certificates, and what verifies them",
        "paths": "an app in small: learning paths",
        "points": "an app in small: points, streaks, badges, leaderboards",
        "templates": "the page that verifies a certificate",
    },
    "recognition/certificates": {
        "codes": "public codes, without records",
        "page": "the page that verifies a certificate, for anybody",
        "printing": "PDFs by typst, without records",
        "urls": "the page's address",
    },
    "recognition/open_badges": {
        "credentials": "credentials and DID documents, without records",
        "keys": "keys of the installation that sign",
        "status_list": "lists of revocations, without records",
    },
    "recognition/paths": {},
    "recognition/points": {"days": "days on a learner's calendar, without records"},
    "compliance": {
        "archive": "archives with a manifest of hashes, without records",
        "schedule": "periods and their due dates, without records",
    },
    "live": {
        "recordings": "an app in small: recordings, Jibris, their finalize script",
        "presence": "intervals of presence and what they amount to, without records",
        "series": "the dates of a series, without records",
        "tokens": "tokens of the video server, without records",
    },
    "live/recordings": {
        "jibri": "Jibri's HTTP API, without records",
        "jibri_finalize": "the script that Jibris run, which knows nothing of the product",
        "leases": "which session may use which Jibri",
        "reports": "the finalize script's reports on the wire",
    },
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
