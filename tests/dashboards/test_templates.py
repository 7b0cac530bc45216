"""Every template against SQL written by hand, cell by cell, in four schools."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dashboards.templates import TEMPLATES, Template
from dashboards.templates.activity import ACTIVITY
from dashboards.templates.enrollment import ENROLLMENT
from dashboards.templates.revenue import REVENUE
from dashboards.templates.school import SCHOOL
from dashboards.templates.work import WORK
from reports import api
from reports.api import ReportRequest
from reports.contracts import Limits, SnapshotRef
from tests.dashboards.conftest import EVERYTHING
from tests.dashboards.test_presets import answer, comparable
from tests.reports.small_world import World, write

CHECKS = Path(__file__).parent / "templates"
CATALOG = api.product_catalog()
Schools = list[tuple[SnapshotRef, duckdb.DuckDBPyConnection]]


def checks() -> dict[str, str]:
    """The queries of all files by the key of their template."""
    found: list[tuple[str, str]] = []
    for path in sorted(CHECKS.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        parts = re.split(r"^-- template: (\w+)$", text, flags=re.MULTILINE)
        found += zip(parts[1::2], parts[2::2], strict=True)
    assert len(dict(found)) == len(found), "a query is there twice"
    return dict(found)


CHECK = checks()


@pytest.fixture(scope="module")
def schools(oulad: SnapshotRef, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Schools]:
    """A real one, and three small ones in which every reference may dangle."""
    folder = tmp_path_factory.mktemp("schools")
    refs = [oulad]
    refs += [write(folder / f"{seed}.duckdb", World(seed).tables) for seed in (1, 2, 3)]
    found = []
    for number, ref in enumerate(refs):
        copy = folder / f"copy-{number}.duckdb"
        shutil.copyfile(ref.path, copy)
        found.append((ref, duckdb.connect(str(copy), read_only=True)))
    yield found
    for _, connection in found:
        connection.close()


def test_every_template_has_a_check_query() -> None:
    assert set(CHECK) == set(TEMPLATES)
    topics = (*ENROLLMENT, *WORK, *ACTIVITY, *SCHOOL, *REVENUE)
    assert len(topics) == len(TEMPLATES), "two templates have one key"


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda t: t.key)
def test_a_template_shows_what_sql_by_hand_finds(template: Template, schools: Schools) -> None:
    for ref, by_hand in schools:
        request = ReportRequest(template.definition, EVERYTHING, ref, Limits.for_export())
        result = api.run(request)
        expected = answer(by_hand, CHECK[template.key])
        assert comparable(result.rows) == comparable(expected), ref.snapshot_id


def test_every_audience_has_about_twenty() -> None:
    counts = Counter(a for template in TEMPLATES.values() for a in template.audiences)
    assert set(counts) == {"administrator", "head", "teacher", "finance", "parent"}
    assert all(17 <= count <= 27 for count in counts.values()), counts


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda t: t.key)
def test_its_texts_are_complete_and_its_filters_narrow(template: Template) -> None:
    for text in (template.title, template.description):
        assert text.en
        assert re.search("[ऀ-ॿ]", text.hi)
    for path in template.reader_filters:
        narrowed = dict(template.definition)
        narrowed["filters"] = [*narrowed.get("filters", ()), {"field": path, "op": "isNotNull"}]
        api.validate(narrowed, CATALOG)
