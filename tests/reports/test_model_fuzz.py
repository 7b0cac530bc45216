"""Whatever a catalog file says, it is answered or refused with a code: never anything else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.api import Catalog, Database
from reports.contracts import Limits
from reports.errors import CatalogFileInvalid, ReportError
from reports.modelfile.text import parsed
from tests.reports.models import rental, shop, web
from tests.reports.models.asking import HERE, NOW, Build, asked, over
from tests.reports.models.mutations import changed_text, changed_value
from tests.reports.models.writing import made

pytestmark = pytest.mark.slow

MODELS: dict[str, Build] = {"rental": rental.build, "shop": shop.build, "web": web.build}
ROUNDS = 10
EACH = 50


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("fuzz")
    found = {}
    for name, build in MODELS.items():
        found[name] = made(folder / f"{name}.duckdb", "SELECT 1")
        with duckdb.connect(str(found[name])) as connection:
            build(connection)
    return found


@cache
def document(name: str) -> object:
    """A catalog file's content, of which changed copies are made."""
    return parsed((HERE / f"{name}.yaml").read_text(encoding="utf-8"))


def questions(catalog: Catalog, seed: int) -> Iterator[dict[str, Any]]:
    """A few that the catalog should answer."""
    chance = random.Random(seed)
    for entity in chance.sample(catalog.entities, min(2, len(catalog.entities))):
        fields = [f.name for f in entity.fields]
        by = chance.sample(fields, min(1, len(fields)))
        metrics = [m.name for m in entity.metrics]
        names = chance.sample(metrics, min(3, len(metrics)))
        yield asked(entity.key, *names, by=by, totals="subtotals")
        if fields:
            yield asked(entity.key, mode="rows", columns=fields, limit=5)
        if entity.time:
            yield asked(entity.key, *names, time=over("time", "month"))


def tried(file: Path, database: Path, seed: int) -> str:
    """Return a file's outcome: refused, or opened and asked. Other errors are let through."""
    try:
        opened = Database(file, database, NOW)
    except CatalogFileInvalid as error:
        assert all(p.code and p.message for p in error.problems)
        assert all(p.path == "" or p.path.startswith("/") for p in error.problems)
        return "refused"
    try:
        for question in questions(opened.catalog, seed):
            try:
                opened.run(question, Limits(rows=100)).to_wire()
            except ReportError as error:
                assert all(p.code and p.message for p in error.problems)
    finally:
        opened.close()
    return "opened"


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_changed_values(databases: dict[str, Path], tmp_path: Path, round_: int) -> None:
    outcomes = []
    for number in range(EACH):
        seed = round_ * EACH + number
        name = list(MODELS)[seed % 3]
        file = tmp_path / f"changed-{seed}.yaml"
        file.write_text(changed_value(document(name), seed), encoding="utf-8")
        outcomes.append(tried(file, databases[name], seed))
    assert "refused" in outcomes


@pytest.mark.parametrize("round_", range(ROUNDS // 2))
def test_changed_texts(databases: dict[str, Path], tmp_path: Path, round_: int) -> None:
    for number in range(EACH):
        seed = 10_000 + round_ * EACH + number
        name = list(MODELS)[seed % 3]
        file = tmp_path / f"changed-{seed}.yaml"
        text = changed_text((HERE / f"{name}.yaml").read_text(encoding="utf-8"), seed)
        file.write_text(text, encoding="utf-8")
        assert tried(file, databases[name], seed) in {"refused", "opened"}
