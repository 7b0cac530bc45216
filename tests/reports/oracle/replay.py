"""See one case again: ``python -m tests.reports.oracle.replay SEED CASE``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from reports.contracts import Limits
from reports.errors import ReportInvalid
from reports.requests import ReportRequest
from tests.reports.oracle.answers import answer
from tests.reports.oracle.trials import Stage, case_of, engine, shrunk, told


def main(seed: int, number: int) -> None:
    """Print the case, both answers, and the smallest definition that still fails."""
    case = case_of(seed, number)
    print(told(seed, case))
    with tempfile.TemporaryDirectory() as folder, engine() as asked:
        stage = Stage(case, Path(folder))
        case = shrunk(asked, case, stage)
        print("smallest:", case.definition)
        try:
            result = asked.run(
                ReportRequest(
                    case.definition, case.scope, stage.ref(), Limits.for_export(), stage.ref
                )
            )
        except ReportInvalid as refused:
            print("refused:", *refused.problems, sep="\n  ")
            return
        print("found", *result.rows, "totals", *(result.totals or ()), sep="\n  ")
        print("compared", *(result.compare.rows if result.compare else ()), sep="\n  ")
        print(asked.explain(ReportRequest(case.definition, case.scope, stage.ref(), stage.ref)).sql)
        wanted = answer(stage.data(case.scope), case.definition, stage.data(case.scope, "before"))
    print("expected", *(line.cells for line in wanted.lines), sep="\n  ")
    print("totals", *(wanted.totals or ()), "compared", *(wanted.compare or ()), sep="\n  ")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
