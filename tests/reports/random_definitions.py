"""Random report definitions: most of them valid, over everything that a catalog declares."""

from __future__ import annotations

import random
from typing import Any

from reports.catalog.model import Catalog, Field, FieldType
from reports.catalog.paths import resolve
from reports.language.words import (
    AGGREGATES,
    CALENDAR_BUCKETS,
    NUMBER_AGGREGATES,
    PART_BUCKETS,
    operators_of,
)

_TEXTS = ["ACTIVE", "PASS", "Art", "C1", "C2", "a", "", "देव", "TMA", "VIEW", "North", "%", "'"]
_DATES = ["2013-10-01", "2013-12-25", "2014-01-31", "2014-03-12", "2020-01-01"]


class Definitions:
    """Makes definitions from one source of randomness."""

    def __init__(self, catalog: Catalog, rng: random.Random) -> None:
        self.catalog = catalog
        self.rng = rng

    def one(self) -> dict[str, Any]:
        rng = self.rng
        entity = rng.choice(list(self.catalog.roots))
        mode = rng.choice(["rows", "categorical", "categorical", "temporal"])
        made: dict[str, Any] = {"version": 1, "entity": entity, "mode": mode}
        made["filters"] = [self._filter(entity) for _ in range(rng.choice([0, 0, 1, 2, 3]))]
        if len(made["filters"]) == 3 and rng.random() < 0.7:
            made["filterLogic"] = rng.choice(["1 OR (2 AND 3)", "(1 OR 2) AND 3", "1 or 2 or 3"])
        if mode == "rows":
            made["columns"] = self._paths(entity, rng.randint(1, 4))
            keys = made["columns"]
        else:
            keys = self._grouped(made, entity, mode)
        made["sort"] = self._sort(keys)
        if rng.random() < 0.2:
            made["limit"] = rng.randint(1, 5)
        return made

    def _grouped(self, made: dict[str, Any], entity: str, mode: str) -> list[str]:
        rng = self.rng
        count = rng.choice([0, 1, 1, 2, 3]) if mode == "categorical" else rng.choice([0, 0, 1])
        made["dimensions"] = [self._dimension(entity, p) for p in self._paths(entity, count)]
        made["measures"] = self._measures(entity)
        if mode == "temporal":
            made["time"] = self._time(entity)
        if rng.random() < 0.5:
            made["totals"] = "grand"
        keys = [d if isinstance(d, str) else d["field"] for d in made["dimensions"]]
        keys += [m if isinstance(m, str) else m["key"] for m in made["measures"]]
        if rng.random() < 0.2:
            key = next((m for m in made["measures"] if isinstance(m, str)), None)
            if key:
                operator = rng.choice(["gt", "lte", "isNotNull"])
                made["having"] = [{"measure": key, "op": operator}]
                if operator != "isNotNull":
                    made["having"][0]["value"] = rng.choice([0, 1, 0.5, 20])
        return keys

    def _paths(self, entity: str, count: int) -> list[str]:
        return list(dict.fromkeys(self._path(entity) for _ in range(count)))

    def _path(self, entity: str) -> str:
        here, steps = self.catalog.by_key[entity], []
        while here.relations and self.rng.random() < 0.45 and len(steps) < 3:
            relation = self.rng.choice(here.relations)
            steps.append(relation.name)
            here = self.catalog.by_key[relation.to]
        if steps and self.rng.random() < 0.1:
            return ".".join(steps)
        return ".".join([*steps, self.rng.choice(here.fields).name])

    def _field(self, entity: str, path: str) -> Field:
        return resolve(self.catalog, entity, path).field

    def _dimension(self, entity: str, path: str) -> Any:
        if self._field(entity, path).type.is_number and self.rng.random() < 0.6:
            return {"field": path, "bins": self.rng.choice([[0, 40, 60, 100], [1, 2.5], [50, 102]])}
        return path

    def _time(self, entity: str) -> dict[str, Any]:
        return self._axis(entity) | ({"fill": True} if self.rng.random() < 0.3 else {})

    def _axis(self, entity: str) -> dict[str, Any]:
        rng = self.rng
        if rng.random() < 0.5:
            return {"field": "time", "bucket": rng.choice(CALENDAR_BUCKETS[1:])}
        for _ in range(30):
            path = self._path(entity)
            kind = self._field(entity, path).type
            if kind is FieldType.DATE:
                return {
                    "field": path,
                    "bucket": rng.choice(CALENDAR_BUCKETS[1:] + PART_BUCKETS[1:]),
                }
            if kind is FieldType.TIMESTAMP:
                return {"field": path, "bucket": rng.choice(CALENDAR_BUCKETS + PART_BUCKETS)}
        return {"field": "time", "bucket": "month"}

    def _measures(self, entity: str) -> list[Any]:
        found: dict[str, Any] = {}
        for number in range(self.rng.choice([0, 1, 1, 2, 3])):
            measure = self._measure(entity, number)
            found[measure if isinstance(measure, str) else measure["key"]] = measure
        return list(found.values())

    def _measure(self, entity: str, number: int) -> Any:
        rng = self.rng
        owner = entity if rng.random() < 0.5 else rng.choice(list(self.catalog.roots))
        metrics = self.catalog.by_key[owner].metrics
        metric = f"{owner}.{rng.choice(metrics).name}"
        kind = rng.random()
        if kind < 0.5:
            return metric
        key = f"k{number}"
        if kind < 0.65:
            return {"key": key, "metric": metric, "filters": [self._condition(owner)]}
        if kind < 0.75:
            other = f"{entity}.{rng.choice(self.catalog.by_key[entity].metrics).name}"
            return {"key": key, "ratio": [metric, other]}
        field = rng.choice(self.catalog.by_key[owner].fields)
        aggs = [a for a in AGGREGATES if a not in NUMBER_AGGREGATES or field.type.is_number]
        agg = rng.choice([a for a in aggs if a != "listDistinct" or field.type is FieldType.TEXT])
        made: dict[str, Any] = {"key": key, "field": f"{owner}.{field.name}", "agg": agg}
        if owner == entity:
            made["field"] = field.name
        if agg in {"first", "last"} and not self.catalog.by_key[owner].time:
            made["orderBy"] = "id"
        if rng.random() < 0.2:
            made["filters"] = [self._condition(owner)]
        return made

    def _filter(self, entity: str) -> dict[str, Any]:
        rng = self.rng
        if rng.random() < 0.2:
            children = [
                e for e in self.catalog.roots.values() if any(r.to == entity for r in e.relations)
            ]
            if children:
                child = rng.choice(children)
                metric = f"{child.key}.{rng.choice(child.metrics).name}"
                made = {
                    "metric": metric,
                    "op": rng.choice(["eq", "gt", "lt"]),
                    "value": rng.choice([0, 1, 2]),
                }
                if rng.random() < 0.4:
                    made["filters"] = [self._condition(child.key)]
                return made
        return self._condition(entity)

    def _condition(self, entity: str) -> dict[str, Any]:
        rng = self.rng
        path = self._path(entity)
        kind = self._field(entity, path).type
        op = rng.choice(operators_of(kind))
        made: dict[str, Any] = {"field": path, "op": op}
        if op in {"inLast", "inNext", "olderThan"}:
            made["value"] = {
                "n": rng.randint(1, 12),
                "unit": rng.choice(["day", "week", "month", "term"]),
            }
        elif op in {"inCurrent", "inPrevious"}:
            made["value"] = {
                "unit": rng.choice(["day", "week", "month", "quarter", "year", "term"])
            }
        elif op in {"in", "notIn"}:
            made["value"] = [self._value(kind) for _ in range(rng.randint(0, 3))]
        elif op == "between":
            made["value"] = [self._value(kind), self._value(kind)]
        elif not (op.startswith("is")):
            made["value"] = self._value(kind)
        return made

    def _value(self, kind: FieldType) -> Any:
        rng = self.rng
        if kind is FieldType.TEXT:
            return rng.choice(_TEXTS)
        if kind is FieldType.BOOLEAN:
            return rng.random() < 0.5
        if kind.is_time:
            return rng.choice(_DATES)
        return rng.choice([0, 1, 2, 40, 50.5, 101, 901])

    def _sort(self, keys: list[str]) -> list[dict[str, str]]:
        if not keys or self.rng.random() < 0.6:
            return []
        return [{"by": self.rng.choice(keys), "dir": self.rng.choice(["asc", "desc"])}]
