"""Random measures of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.catalog.model import FieldType
from tests.reports.oracle.declared import METRICS

if TYPE_CHECKING:
    from tests.reports.oracle.definitions import Definitions, Wire

_CALCS = (
    "percentOfTotal",
    "percentOfParent",
    "runningTotal",
    "movingAverage",
    "rank",
    "difference",
    "percentChange",
)
_FORMULAS = (
    "{0} + {1}",
    "{0} / {1}",
    "({0} - {1}) * 1.5",
    "-{0} / ({1} + 2)",
    "{0} * {0} - {1} / 3",
    "2 - {0}",
)


_SINGLE = (
    "count",
    "learners",
    "events",
    "issued",
    "expired",
    "total",
    "clicks",
    "activeLearners",
    "authors",
    "avgScore",
    "medianScore",
    "avgPct",
    "medianMinutes",
    "excused",
)
"""Metrics of one aggregate: a window fits no other."""


class Measures:
    """The measures of one definition."""

    def __init__(self, definitions: Definitions, made: Wire) -> None:
        self.given = definitions
        self.made = made
        self.rng = definitions.rng
        self.theme = definitions.theme
        self.root = definitions.root
        self.found: dict[str, Any] = {}
        self.numbers: list[str] = []
        """Keys and metrics that later measures may name."""

    def all(self) -> list[Any]:
        """Some measures, among them the kind that the theme wants."""
        rng = self.rng
        for _ in range(rng.choice([0, 1, 1, 2])):
            self._add(self._plain())
        themed = {
            "calc": self._calc,
            "formula": self._formula,
            "semiAdditive": self._semi,
            "window": self._window,
            "offset": self._offset if rng.random() < 0.85 else self._window,
            "aggregates": self._ad_hoc,
        }
        kinds = [themed[self.theme]] * rng.choice([1, 1, 2]) if self.theme in themed else []
        if not kinds and rng.random() < 0.25 and self.theme != "compare":
            kinds = [rng.choice([self._calc, self._formula, self._ad_hoc])]
        if self.theme in {"window", "offset", "semiAdditive"} and rng.random() < 0.3:
            kinds.append(rng.choice([self._calc, self._formula]))
        if self.theme == "compare":
            kinds = [rng.choice([self._additive_of_root, self._window, self._offset, self._ratio])]
        for kind in kinds:
            self._add(kind())
        return list(self.found.values())

    def _add(self, measure: Any) -> None:
        key = measure if isinstance(measure, str) else measure["key"]
        self.found[key] = measure
        if isinstance(measure, str):
            self.numbers.append(measure)
        elif "calc" not in measure and self._is_number(measure):
            self.numbers.append(key)

    def _is_number(self, measure: Wire) -> bool:
        return measure.get("agg") not in ("min", "max", "first", "last", "listDistinct")

    def _key(self) -> str:
        return f"k{len(self.found)}"

    def _entity(self) -> str:
        """The root, or an entity that reaches it; now and then any."""
        from tests.reports.oracle.definitions import FACTS

        rng = self.rng
        if rng.random() < 0.5:
            return self.root
        if rng.random() < 0.1:
            return rng.choice(FACTS)
        near = [e for e in FACTS if self.given._reaches(e, self.root)]
        return rng.choice(near or [self.root])

    def _metric(self) -> str:
        return self.given._metric(self._entity())

    def _plain(self) -> Any:
        rng = self.rng
        kind = rng.random()
        if kind < 0.55:
            return self._metric()
        if kind < 0.75:
            metric = self._metric()
            return self._filtered({"key": self._key(), "metric": metric}, metric.split(".")[0])
        if kind < 0.85:
            return self._ratio()
        return self._ad_hoc()

    def _filtered(self, measure: Wire, entity: str) -> Wire:
        return measure | {"filters": [self.given.condition(entity)]}

    def _ratio(self) -> Wire:
        first, second = self._metric(), self._metric()
        made = {"key": self._key(), "ratio": [first, second]}
        same = first.split(".")[0] == second.split(".")[0]
        if same and self.rng.random() < 0.5:
            return self._filtered(made, first.split(".")[0])
        return made

    def _ad_hoc(self) -> Wire:
        from tests.reports.oracle.definitions import AGGREGATES, fits

        rng = self.rng
        entity = self._entity()
        shape = self.given.schema.shapes[entity]
        agg = rng.choice(AGGREGATES)
        made: Wire = {"key": self._key(), "agg": agg}
        parents = list(self.given.schema.shapes[self.root].hops)
        if (
            agg in {"min", "max", "countDistinct", "listDistinct"}
            and parents
            and rng.random() < 0.4
        ):
            entity = self.root
            hop = rng.choice(parents)
            parent = self.given.schema.shapes[self.given.schema.shapes[self.root].hops[hop].to]
            names = [n for n, kind in parent.kinds.items() if fits(agg, kind)]
            made["field"] = f"{hop}.{rng.choice(names or ['id'])}"
        elif not (agg == "count" and entity == self.root and rng.random() < 0.3):
            names = [n for n, kind in shape.kinds.items() if fits(agg, kind)]
            name = rng.choice(names or ["id"])
            made["field"] = name if entity == self.root else f"{entity}.{name}"
        if agg == "quantile":
            made["agg"] = {"quantile": rng.choice([0, 0.01, 0.33, 0.5, 0.99, 1])}
        if agg in {"first", "last"} and (not shape.main_date or rng.random() < 0.5):
            made["orderBy"] = rng.choice(list(shape.kinds))
        return self._filtered(made, entity) if rng.random() < 0.25 else made

    def _named(self) -> str:
        rng = self.rng
        return rng.choice(self.numbers) if self.numbers and rng.random() < 0.7 else self._metric()

    def _calc(self) -> Wire:
        calc = self.rng.choice(_CALCS)
        made: Wire = {"key": self._key(), "calc": calc, "of": self._named()}
        return made | {"n": self.rng.choice([1, 2, 3])} if calc == "movingAverage" else made

    def _formula(self) -> Wire:
        names = [self._named(), self._named()]
        made: Wire = {"key": self._key(), "formula": self.rng.choice(_FORMULAS).format(*names)}
        one = {n.split(".")[0] for n in names if "." in n}
        if len(one) == 1 and all("." in n for n in names) and self.rng.random() < 0.3:
            return self._filtered(made, one.pop())
        return made

    def _dated(self) -> str:
        entity = self._entity()
        return entity if self.given._main(entity) else self.root

    def _additive(self, entity: str) -> Wire:
        """A number of an entity that can be windowed."""
        rng = self.rng
        made: Wire = {"key": self._key()}
        shape = self.given.schema.shapes[entity]
        if rng.random() < 0.5:
            names = [n for n, k in shape.kinds.items() if k.is_number and not n.endswith("Id")]
            name = rng.choice(names)
            made |= {"field": name if entity == self.root else f"{entity}.{name}"}
            made |= {"agg": rng.choice(["sum", "avg", "max", "countDistinct", "median"])}
        else:
            names = [f"{entity}.{name}" for name in _SINGLE if f"{entity}.{name}" in METRICS]
            made |= {"metric": rng.choice(names or [self.given._metric(entity)])}
        return self._filtered(made, entity) if rng.random() < 0.3 else made

    def _additive_of_root(self) -> Wire:
        return self._additive(self.root)

    def _semi(self) -> Wire:
        rng = self.rng
        entity = self._entity()
        shape = self.given.schema.shapes[entity]
        dates = [n for n, kind in shape.kinds.items() if kind is FieldType.DATE]
        if not dates:
            entity = "submissions"
            dates = ["submittedOn", "gradedOn"]
        made = self._additive(entity)
        by = [
            n for n in self.given.schema.shapes[entity].kinds if n.endswith("Id") or n == "status"
        ]
        spec: Wire = {"over": rng.choice(dates), "take": rng.choice(["last", "first"])}
        if by and rng.random() < 0.5:
            spec["by"] = rng.sample(by, k=1)
        return made | {"semiAdditive": spec}

    def _window(self) -> Wire:
        rng = self.rng
        entity = self._dated() if self.made.get("time", {}).get("field") == "time" else self.root
        main = self.given._main(entity)
        axis, known = self.made.get("time", {}).get("field", ""), self.given.schema.shapes[entity]
        if axis.endswith("At") and entity == self.root:
            main = axis
        elif not axis and rng.random() < 0.3 and main.removesuffix("On") + "At" in known.kinds:
            main = main.removesuffix("On") + "At"
        hours = ["hour", "hour"] if main.endswith("At") else []
        made = self._additive(entity)
        if self.theme == "offset":
            made |= {"offset": {"n": 1, "unit": rng.choice(["week", "month", "year"])}}
        if rng.random() < 0.5:
            n = rng.choice([1, 2, 7, 30])
            units = ["day", "week", "month", "quarter", "year", "term", *hours]
            return made | {"trailing": {"field": main, "n": n, "unit": rng.choice(units)}}
        units = ["day", "week", "month", "quarter", "year", "term", "all", *hours]
        return made | {"toDate": {"field": main, "unit": rng.choice(units)}}

    def _offset(self) -> Wire:
        rng = self.rng
        units = ["day", "week", "month", "month", "quarter", "year", "term"]
        offset = {"n": rng.choice([1, 1, 2]), "unit": rng.choice(units)}
        plain = self._plain()
        made: Wire = {"key": self._key(), "metric": plain} if isinstance(plain, str) else plain
        return made | {"offset": offset}
