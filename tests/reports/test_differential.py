"""The engine against a second, plain implementation of the language, on random questions.

REPORTS_FUZZ_CASES sets how many questions are asked (400 unless set; `make fuzz` asks 10,000).
Each run starts from a fresh seed, which is printed; REPORTS_FUZZ_SEED repeats it.
`python -m tests.reports.oracle.replay SEED CASE` shows one case again.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from reports.catalog.product import product_catalog
from tests.reports.oracle.schema import Schema
from tests.reports.oracle.trials import (
    Case,
    Stage,
    Tally,
    case_of,
    difference,
    engine,
    failures,
    shrunk,
    told,
)

pytestmark = pytest.mark.slow

CASES = int(os.environ.get("REPORTS_FUZZ_CASES", "400"))
SEED = int(os.environ.get("REPORTS_FUZZ_SEED") or secrets.randbelow(10**9))
MAX_TOLD = 3
LEAST_ANSWERED = 0.75
"""Of all questions: a generator that is mostly refused would test nothing."""
LEAST_ANSWERED_OF_A_FEATURE = 0.4
OFTEN = 25
"""The trials of a feature before its share means anything."""
NOT_YET: frozenset[str] = frozenset()
"""Features that the engine may refuse as not supported yet."""


def test_the_oracle_knows_everything_that_is_declared() -> None:
    assert Schema(product_catalog()).metrics


def test_the_engine_agrees_with_the_oracle(tmp_path: Path) -> None:
    print(f"REPORTS_FUZZ_SEED={SEED} REPORTS_FUZZ_CASES={CASES}")
    tally = Tally()
    told_of: list[str] = []
    with engine() as asked:
        for case, text in failures(asked, SEED, CASES, tally):
            small = shrunk(asked, case, Stage(case, tmp_path))
            told_of.append(_description(case, small, text))
            if len(told_of) == MAX_TOLD:
                break
    print(tally.table())
    if told_of:
        pytest.fail("\n\n".join([f"seed {SEED}: the answers differ", *told_of]), pytrace=False)
    _check_shares(tally)


@pytest.mark.parametrize(
    ("seed", "number"),
    [
        *((211908834, number) for number in (10, 317)),
        *((451839981, number) for number in (757, 776, 1329, 1778, 2323)),
        *((137983010, number) for number in (88, 115)),
    ],
)
def test_what_once_differed_agrees(seed: int, number: int, tmp_path: Path) -> None:
    case = case_of(seed, number)
    with engine() as asked:
        assert difference(asked, case, Stage(case, tmp_path), Tally()) is None


def _description(case: Case, small: Case, text: str) -> str:
    return f"{told(SEED, case)}\nsmallest: {told(SEED, small)}\n{text}"


def _check_shares(tally: Tally) -> None:
    """The questions must be answered often enough, whatever they use."""
    later = {name: n for name, n in tally.later.items() if n and name not in NOT_YET}
    assert not later, f"refused as not supported yet: {later}"
    assert tally.answered >= LEAST_ANSWERED * CASES, tally.table()
    assert tally.with_rows >= tally.answered / 4, "too many answers are empty to mean anything"
    for name, tried in tally.tried.items():
        if tried >= OFTEN:
            share = tally.accepted[name] / tried
            assert share >= LEAST_ANSWERED_OF_A_FEATURE, f"{name}: {share:.0%} answered"
