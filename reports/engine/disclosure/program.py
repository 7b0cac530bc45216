"""Linear programs over what an attacker doesn't know; each answer is checked in exact numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

Terms = Mapping[int, int]
"""Variables with their whole coefficients."""

Number = int | Fraction

_LARGEST_DENOMINATOR: Final = 10_000
_NOISE: Final = 1e-6


@dataclass
class Budget:
    """The programs that may still be solved for one answer: a few milliseconds for each."""

    left: int

    @property
    def is_spent(self) -> bool:
        """True if none may."""
        return self.left <= 0


@dataclass
class Program:
    """Whole-number bounds and equations over variables numbered from 0."""

    lower: list[int] = field(default_factory=list)
    upper: list[int | None] = field(default_factory=list)
    rows: list[tuple[Terms, int | None, int | None]] = field(default_factory=list)
    """A sum of variables, at least and at most; None: without a bound."""

    def variable(self, lower: int, upper: int | None) -> int:
        """A new variable."""
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def add(self, terms: Terms, least: int | None, maximum: int | None) -> None:
        """A bound on a sum of variables."""
        self.rows.append((terms, least, maximum))

    def copy(self) -> Program:
        """The same, to be added to."""
        return Program(list(self.lower), list(self.upper), list(self.rows))

    def highest(self, goal: Terms) -> list[Number] | None:
        """Values that meet every bound exactly and make ``goal`` large.

        None where the solver's answer, made exact, meets not all of them.
        """
        found = [_exact(value) for value in self._solve(goal)]
        return found if len(found) == len(self.lower) and self._is_met(found) else None

    def _is_met(self, values: Sequence[Number]) -> bool:
        bounds = zip(values, self.lower, self.upper, strict=True)
        if any(v < low or (high is not None and v > high) for v, low, high in bounds):
            return False
        return all(
            _within(total(terms, values), least, maximum) for terms, least, maximum in self.rows
        )

    def _solve(self, goal: Terms) -> list[float]:
        # Imported where it is needed: it takes a quarter of a second, once, and most
        # institutions set no minimum.
        import highspy  # noqa: PLC0415
        import numpy as np  # noqa: PLC0415

        infinite = highspy.kHighsInf
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self.lower), len(self.rows)
        program.sense_ = highspy.ObjSense.kMaximize
        program.col_cost_ = np.array([goal.get(i, 0) for i in range(len(self.lower))], float)
        program.col_lower_ = np.array(self.lower, float)
        program.col_upper_ = _bounds(np, self.upper, infinite)
        program.row_lower_ = _bounds(np, [least for _, least, _ in self.rows], -infinite)
        program.row_upper_ = _bounds(np, [maximum for _, _, maximum in self.rows], infinite)
        lengths = [len(terms) for terms, _, _ in self.rows]
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *lengths])
        matrix.index_ = np.array([i for terms, _, _ in self.rows for i in terms], int)
        matrix.value_ = np.array([n for terms, _, _ in self.rows for n in terms.values()], float)
        solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the package has no types
        solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own call
        solver.setOptionValue("threads", 1)
        solver.passModel(program)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return []
        return list(solver.getSolution().col_value)


def _bounds(np: Any, values: Sequence[int | None], missing: float) -> Any:  # noqa: ANN401 - arrays
    return np.array([missing if value is None else value for value in values], float)


def total(terms: Terms, values: Sequence[Number]) -> Number:
    """Return the value of a sum of variables."""
    return sum(n * values[i] for i, n in terms.items())


def _exact(value: float) -> Number:
    """The number that the solver means: mostly a whole one."""
    whole = round(value)
    if abs(value - whole) < _NOISE:
        return whole
    return Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)


def _within(value: Number, least: int | None, maximum: int | None) -> bool:
    return (least is None or value >= least) and (maximum is None or value <= maximum)
