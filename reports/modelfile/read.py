"""Reading a catalog file: YAML, all of it checked (docs/report-reference.md#catalog-files)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reports.catalog.model import FieldType
from reports.errors import CatalogFileInvalid, ReportInvalid
from reports.language.measures import KEYS as MEASURE_KEYS
from reports.language.problems import Problems, did_you_mean, one_of, pointer, shown
from reports.language.shape import MAX_TEXT, Node
from reports.modelfile.model import (
    FileEntity,
    FileField,
    FileMetric,
    FileRelation,
    FileTerm,
    ModelFile,
)
from reports.modelfile.text import parsed

WEEKDAYS: Final = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday"),
    "sunday",
)
TOP_KEYS: Final = ("version", "timezone", "weekStart", "terms", "minGroupSize", "entities")
_LARGEST_GROUP: Final = 1_000
TERM_KEYS: Final = ("code", "startsOn", "endsOn")
ENTITY_KEYS: Final = (
    *("table", "sql", "key", "label", "time", "fields", "relations", "metrics"),
    "scope",
)
FIELD_KEYS: Final = ("column", "sql", "type", "label", "description", "unit", "format")
RELATION_KEYS: Final = ("to", "match", "label", "default")
SCOPE_KEYS: Final = ("person", "course")
DECLARED_KEYS: Final = tuple(k for k in MEASURE_KEYS if k not in {"key", "calc", "of", "n"})
METRIC_KEYS: Final = (*DECLARED_KEYS, "label", "description", "unit", "format")
TYPES: Final = {
    "text": FieldType.TEXT,
    "integer": FieldType.INTEGER,
    "float": FieldType.FLOAT,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "timestamp": FieldType.TIMESTAMP,
}
DECIMAL: Final = re.compile(r"decimal\((\d{1,2}), ?(\d{1,2})\)\Z")
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
MAX_SQL: Final = 50_000
_MAX_ENTITIES: Final = 500
_MAX_NAMES: Final = 2_000


def read_model_file(text: str) -> ModelFile:
    """The catalog file in ``text``.

    Raises :class:`~reports.errors.CatalogFileInvalid` with every problem found.
    """
    raw = parsed(text)
    problems = Problems()
    reader = _Reader(problems)
    found = reader.file(Node(raw, "", problems, TOP_KEYS))
    try:
        problems.raise_if_any()
    except ReportInvalid as error:
        raise CatalogFileInvalid(error.problems) from error
    return found


class _Reader:
    """Reads the parts of the file; what isn't as it should be is noted."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def file(self, node: Node) -> ModelFile:
        """The whole file."""
        if node.get("version") != 1 or isinstance(node.get("version"), bool):
            node.refuse("version", "version: 1 is required.", code="WRONG_VALUE")
        start = node.choice("weekStart", WEEKDAYS, default="monday") or "monday"
        entities = node.get("entities")
        if not isinstance(entities, Mapping) or not entities:
            node.refuse("entities", "A catalog has entities, by their names.", code="MISSING")
            entities = {}
        if len(entities) > _MAX_ENTITIES:
            node.refuse("entities", f"At most {_MAX_ENTITIES} entities can be given.")
            entities = {}
        found = tuple(
            self._entity(key, raw, pointer("/entities", key)) for key, raw in entities.items()
        )
        self._same_but_for_case("/entities", [e.key for e in found])
        self._targets(found)
        smallest = self._smallest(node, found)
        weekday = WEEKDAYS.index(start) + 1
        return ModelFile(self._zone(node), weekday, self._terms(node), found, smallest)

    def _smallest(self, node: Node, entities: tuple[FileEntity, ...]) -> int:
        smallest = node.integer("minGroupSize", 0, _LARGEST_GROUP) or 0
        if smallest and not any(entity.person for entity in entities):
            message = "No entity says which people its rows are about, so groups have no size."
            node.refuse("minGroupSize", message, "Give an entity scope: {person: column}.")
        return smallest

    def _zone(self, node: Node) -> str:
        name = node.text("timezone") or "UTC"
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"There is no time zone {shown(name)}."
            node.refuse("timezone", message, "Use a name like Europe/London.", "UNKNOWN_VALUE")
            return "UTC"
        return name

    def _terms(self, node: Node) -> tuple[FileTerm, ...]:
        found: list[FileTerm] = []
        for number, raw in enumerate(node.items("terms", _MAX_NAMES)):
            term = Node(raw, pointer("/terms", number), self.problems, TERM_KEYS)
            code = term.get("code")
            first, last = self._day(term, "startsOn"), self._day(term, "endsOn")
            if not isinstance(code, str | int) or isinstance(code, bool):
                term.refuse("code", "A term has a code.", code="MISSING")
            elif first and last and first > last:
                term.refuse("endsOn", "The term ends before it starts.", code="WRONG_VALUE")
            elif first and last:
                found.append(FileTerm(str(code), first, last))
        codes = [term.code for term in found]
        for code in {c for c in codes if codes.count(c) > 1}:
            node.refuse("terms", f"Two terms have the code {code}.", code="DUPLICATE_KEY")
        return tuple(sorted(found, key=lambda t: (t.starts_on, t.ends_on, t.code)))

    def _day(self, node: Node, key: str) -> date | None:
        value = node.get(key)
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if node.ok:
            node.refuse(key, "Expected a date like 2026-01-12.")
        return None

    def _entity(self, name: object, raw: object, place: str) -> FileEntity:
        key = self._name(name, place)
        node = Node(raw, place, self.problems, ENTITY_KEYS)
        table, sql = node.text("table"), self._sql(node)
        if node.ok and node.has("table") == node.has("sql"):
            node.refuse("table", "An entity has either a table or sql.", code="MISSING")
        fields = tuple(
            self._field(name, part, at) for name, part, at in self._parts(node, "fields")
        )
        relations = tuple(
            self._relation(name, part, at) for name, part, at in self._parts(node, "relations")
        )
        metrics = tuple(
            self._metric(name, part, at) for name, part, at in self._parts(node, "metrics")
        )
        scope = Node(node.get("scope") or {}, node.at("scope"), self.problems, SCOPE_KEYS)
        entity = FileEntity(
            key,
            table or "",
            sql or "",
            self._key(node),
            node.text("label") or humanized(key),
            node.text("time") or "",
            fields,
            relations,
            metrics,
            scope.text("person") or "",
            scope.text("course") or "",
        )
        self._namespace(node, entity)
        return entity

    def _key(self, node: Node) -> tuple[str, ...]:
        raw = node.get("key")
        items = [raw] if isinstance(raw, str) else node.items("key", 10)
        texts = [
            node.checked_text(item, pointer(node.at("key"), i)) for i, item in enumerate(items)
        ]
        return tuple(text for text in texts if text is not None)

    def _parts(self, node: Node, key: str) -> list[tuple[str, object, str]]:
        raw = node.get(key)
        if raw is None:
            return []
        if not isinstance(raw, Mapping) or len(raw) > _MAX_NAMES:
            node.refuse(key, f"Expected an object of at most {_MAX_NAMES} names.")
            return []
        places = [pointer(node.at(key), name) for name in raw]
        return [
            (self._name(name, place), part, place)
            for (name, part), place in zip(raw.items(), places, strict=True)
        ]

    def _name(self, name: object, place: str) -> str:
        if not isinstance(name, str):
            message = f"{shown(name)} is not a name: it is not a text."
            hint = "Put it in quotes, if it is meant as a name."
            self.problems.add("WRONG_NAME", place, message, hint)
        elif not NAME.match(name) or len(name) > 100:
            message = f"{shown(name)} is not a name."
            hint = "A name has letters, digits and underscores, and begins with no digit."
            self.problems.add("WRONG_NAME", place, message, hint)
        return str(name)

    def _sql(self, node: Node) -> str | None:
        """SQL may be longer than other texts."""
        value = node.get("sql")
        if not isinstance(value, str) or not MAX_TEXT < len(value) <= MAX_SQL:
            return node.text("sql")
        parts = (value[at : at + MAX_TEXT] for at in range(0, len(value), MAX_TEXT))
        return value if all(node.checked_text(p, node.at("sql")) for p in parts) else None

    def _same_but_for_case(self, place: str, names: list[str]) -> None:
        """Refuse names that the database can't distinguish."""
        first: dict[str, str] = {}
        for name in names:
            known = first.setdefault(name.lower(), name)
            if known != name:
                message = f"{known} and {name} differ in capital letters alone."
                self.problems.add("DUPLICATE_KEY", pointer(place, name), message)

    def _field(self, name: str, raw: object, place: str) -> FileField:
        node = Node(raw, place, self.problems, FIELD_KEYS)
        sql = self._sql(node) or ""
        column = node.text("column") or ""
        if sql and column:
            node.refuse("sql", "A field has a column or sql, not both.", code="CLASH")
        kind, sql_type = self._type(node)
        return FileField(
            name,
            kind,
            sql_type,
            "" if sql else column or name,
            sql,
            node.text("label") or humanized(name),
            node.text("description") or "",
            node.text("unit"),
            node.text("format"),
        )

    def _type(self, node: Node) -> tuple[FieldType, str]:
        text = node.text("type", needed=True)
        if text is None:
            return FieldType.TEXT, "VARCHAR"
        if match := DECIMAL.match(text):
            digits, places = int(match[1]), int(match[2])
            if 1 <= digits <= 38 and places <= digits:
                return FieldType.DECIMAL, f"DECIMAL({digits},{places})"
        if text in TYPES:
            return TYPES[text], _SQL_TYPES[text]
        hint = one_of((*TYPES, "decimal(p,s)"))
        node.refuse("type", f"There is no type {shown(text)}.", hint, "UNKNOWN_VALUE")
        return FieldType.TEXT, "VARCHAR"

    def _relation(self, name: str, raw: object, place: str) -> FileRelation:
        node = Node(raw, place, self.problems, RELATION_KEYS)
        match = node.get("match")
        if not isinstance(match, Mapping) or not match:
            message = "match names our column for each column of the other's key."
            node.refuse("match", message, "For example {customer_id: customer_id}.", "MISSING")
            match = {}
        for ours, theirs in match.items():
            if not isinstance(ours, str) or not isinstance(theirs, str):
                node.refuse("match", "The names of columns are texts.", "Put them in quotes.")
        if not isinstance(node.get("default"), bool | None):
            node.refuse("default", "Expected true or false.")
        return FileRelation(
            name,
            node.text("to", needed=True) or "",
            {str(ours): str(theirs) for ours, theirs in match.items()},
            node.text("label") or humanized(name),
            node.get("default") is True,
        )

    def _metric(self, name: str, raw: object, place: str) -> FileMetric:
        node = Node(raw, place, self.problems, METRIC_KEYS)
        declared = {
            key: self._plain(node.raw[key], node.at(key))
            for key in DECLARED_KEYS
            if key in node.raw
        }
        return FileMetric(
            name,
            json.dumps(declared, sort_keys=True),
            node.text("label") or humanized(name),
            node.text("description") or "",
            node.text("unit"),
            node.text("format"),
        )

    def _plain(self, value: object, place: str) -> object:
        """Return what YAML gave as JSON has it: days and moments are texts."""
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    self.problems.add("WRONG_TYPE", place, f"The key {shown(key)} is not a text.")
            return {str(k): self._plain(v, pointer(place, k)) for k, v in value.items()}
        if isinstance(value, list):
            return [self._plain(v, pointer(place, i)) for i, v in enumerate(value)]
        if isinstance(value, date):
            return value.isoformat()
        if value is None or isinstance(value, str | int):
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        self.problems.add("WRONG_TYPE", place, "Expected a text, a number or a list.")
        return None

    def _namespace(self, node: Node, entity: FileEntity) -> None:
        fields = {f.name for f in entity.fields}
        relations = {r.name for r in entity.relations}
        for metric in entity.metrics:
            if metric.name in fields:
                message = f"{metric.name} is both a field and a metric."
                place = pointer(node.at("metrics"), metric.name)
                self.problems.add("DUPLICATE_KEY", place, message, "Give the metric another name.")
        for name in relations & (fields | {m.name for m in entity.metrics}):
            message = f"{name} is both a relation and a field or metric."
            self.problems.add("DUPLICATE_KEY", pointer(node.at("relations"), name), message)
        self._same_but_for_case(node.at("fields"), [f.name for f in entity.fields])
        self._same_but_for_case(node.at("relations"), [r.name for r in entity.relations])
        if entity.time and entity.time not in {f.name for f in entity.fields if f.type.is_time}:
            hint = did_you_mean(entity.time, fields) if fields else ""
            node.refuse("time", f"{entity.time} is not a date of {entity.key}.", hint, "NOT_A_DATE")

    def _targets(self, entities: tuple[FileEntity, ...]) -> None:
        by_key = {e.key: e for e in entities}
        for entity in entities:
            for relation in entity.relations:
                place = f"/entities/{entity.key}/relations/{relation.name}"
                other = by_key.get(relation.to)
                if other is None:
                    message = f"There is no entity {shown(relation.to)}."
                    hint = did_you_mean(relation.to, by_key)
                    self.problems.add("UNKNOWN_ENTITY", f"{place}/to", message, hint)
                elif sorted(relation.match.values()) != sorted(other.columns) or not other.columns:
                    keys = ", ".join(other.columns) or "none; it needs one"
                    message = f"match must lead to the key of {other.key}."
                    self.problems.add("WRONG_KEY", f"{place}/match", message, f"Its key: {keys}.")


_SQL_TYPES: Final = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


def humanized(name: str) -> str:
    """``order_total`` and ``orderTotal`` as "Order total"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip().lower()
    return spaced[:1].upper() + spaced[1:]
