"""Somebody who wants a small number back, and has nothing but a result and what it asked.

Knows of each group how many rows it may hold of each kind (late, on time, unknown; with a mark,
without), nothing else; writes every shown number down as an equation over them; and asks a
linear program between which bounds a number lies. Nothing of the product's own attack is used.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

Cell = tuple[Any, ...]
Kind = tuple[bool | None, bool]
KINDS: tuple[Kind, ...] = tuple(itertools.product((True, False, None), (True, False)))
QUANTITIES: Mapping[str, Any] = {
    "count": lambda kind: True,
    "late": lambda kind: kind[0] is True,
    "onTime": lambda kind: kind[0] is False,
    "notLate": lambda kind: kind[0] is not True,
    "graded": lambda kind: kind[1],
    "ungraded": lambda kind: not kind[1],
}
_TOLERANCE = 1e-7


@dataclass
class Attacker:
    """The equations of one result. ``cells`` are the groups that it lists."""

    cells: list[Cell]
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._number = {
            (cell, kind): i for i, (cell, kind) in enumerate(itertools.product(self.cells, KINDS))
        }

    def terms(self, quantity: str, cells: Iterable[Cell]) -> dict[int, float]:
        """A quantity over some cells, as a sum of unknowns."""
        counts = QUANTITIES[quantity]
        return {self._number[cell, kind]: 1.0 for cell in cells for kind in KINDS if counts(kind)}

    def learn(self, terms: dict[int, float], value: float) -> None:
        """A shown number."""
        self.rows.append((terms, value, value))

    def learn_ratio(self, upper: dict[int, float], lower: dict[int, float], value: float) -> None:
        """A shown quotient, as exact as a float is."""
        terms = dict(upper)
        for i, n in lower.items():
            terms[i] = terms.get(i, 0.0) - n * value
        self.rows.append((terms, -_TOLERANCE, _TOLERANCE))

    def bounds(self, terms: dict[int, float]) -> tuple[float, float]:
        """The least and the most that a number can be."""
        return self._extreme(terms, -1), self._extreme(terms, 1)

    def _extreme(self, terms: dict[int, float], sign: int) -> float:
        size = len(self._number)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = size, len(self.rows)
        lp.sense_ = highspy.ObjSense.kMaximize
        cost = np.zeros(size)
        for i, n in terms.items():
            cost[i] = sign * n
        lp.col_cost_ = cost
        lp.col_lower_, lp.col_upper_ = np.zeros(size), np.full(size, 10_000.0)
        lp.row_lower_ = np.array([low for _, low, _ in self.rows], float)
        lp.row_upper_ = np.array([high for _, _, high in self.rows], float)
        matrix = lp.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *(len(row) for row, _, _ in self.rows)])
        matrix.index_ = np.array([i for row, _, _ in self.rows for i in row], int)
        matrix.value_ = np.array([n for row, _, _ in self.rows for n in row.values()], float)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.passModel(lp)
        solver.run()
        assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, "the shown contradicts"
        return sign * float(solver.getInfo().objective_function_value)
