"""The views that an analyst's statement reads: the catalog's entities, within a scope.

A view is compiled as a report is, so that its rows stand inside the same guards, and passes the
same verifier (:mod:`reports.engine.verify`). In a scope narrower than the institution the rows are
copied instead, and the snapshot let go of: a view's guard decides what a statement answers, but
not what it may try its expressions on.
"""

# ruff: noqa: S608 - SQL is built here, of quoted catalog names and of numbers alone

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from reports.catalog.describe import Translate, describe_field
from reports.catalog.model import Catalog, Entity, Field, FieldType, Pii
from reports.catalog.paths import resolve
from reports.compiler.guarded_tables import GuardedTables
from reports.compiler.guards import SCOPE_PARAMETER, quoted
from reports.compiler.plan import Output
from reports.compiler.render import rows_sql
from reports.contracts import Notice, Scope, ScopeKind, SnapshotInfo, instant_text
from reports.engine.snapshots import OpenSnapshot
from reports.engine.suppression import smallest_of
from reports.engine.verify import Verifier
from reports.errors import Problem, ReportInvalid

FILE: Final = "_file"
"""The name under which the snapshot is attached; no statement can say it."""
ABOUT: Final = "snapshot"
"""The relation of one row that describes the snapshot."""
_ABOUT_COLUMNS: Final = (
    ("id", FieldType.TEXT, "Snapshot"),
    ("takenAt", FieldType.TIMESTAMP, "Taken at (time)"),
    ("takenOn", FieldType.DATE, "Taken on"),
    ("timeZone", FieldType.TEXT, "Time zone"),
)
_verifier: Final = Verifier()


@dataclass(frozen=True)
class ViewColumn:
    """A column of a view: a field of the catalog, empty in every row if it is masked."""

    field: Field
    is_masked: bool


@dataclass(frozen=True)
class View:
    """An entity as SQL sees it; ``definition`` is the statement that creates it."""

    entity: Entity
    columns: tuple[ViewColumn, ...]
    definition: str


@dataclass(frozen=True)
class Views:
    """All views of a snapshot for a scope; ``statements`` create them, in order."""

    views: tuple[View, ...]
    info: SnapshotInfo
    about: str
    is_copied: bool
    notices: tuple[Notice, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what can be read."""
        return (*(view.entity.key for view in self.views), ABOUT)

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements that create the views over the attached file."""
        created = tuple(view.definition for view in self.views)
        return (self.about, *created, *((f"DETACH {FILE}",) if self.is_copied else ()))

    def to_wire(self, translate: Translate = str) -> dict[str, Any]:
        """The views as the API answers them, with labels by ``translate``."""
        described = [_described(view, translate) for view in self.views]
        return {
            "snapshot": self.info.to_wire(),
            "views": [*described, _described_snapshot(translate)],
            "warnings": [notice.to_wire() for notice in self.notices],
        }


def views_of(snapshot: OpenSnapshot, scope: Scope, *, masks: bool) -> Views:
    """Return the views of a snapshot within a scope; ``masks``: without names and codes.

    Raises :class:`~reports.errors.ReportInvalid` where numbers have noise in the scope: a view is
    a list of records, which could be counted.
    """
    is_narrow = scope.kind is not ScopeKind.INSTITUTION
    if snapshot.manifest.perturbation_key is not None and scope.kind is ScopeKind.OWN_COURSES:
        message = "Numbers have noise here, and the rows of a view could be counted."
        raise ReportInvalid([Problem("PERTURBED", "", message, "Ask for a report instead.")])
    chosen = [(e, _columns(snapshot, e, masks=masks)) for e in snapshot.catalog.entities]
    chosen = [(entity, columns) for entity, columns in chosen if columns]
    texts = [_rows(snapshot, scope, entity, columns) for entity, columns in chosen]
    _verifier.check(texts, snapshot.catalog, scope.kind)
    kind = "TABLE" if is_narrow else "VIEW"
    views = tuple(
        View(entity, columns, f"CREATE {kind} {quoted(entity.key)} AS {_over_file(snapshot, text)}")
        for (entity, columns), text in zip(chosen, _bound(texts, scope), strict=True)
    )
    return Views(views, snapshot.info, _about(snapshot), is_narrow, _notices(snapshot, scope))


def is_personal(catalog: Catalog, entity: Entity, field: Field) -> bool:
    """Return True if a field names or numbers a person in words: a name, a code.

    Ids are our own numbers, by which records are joined; nobody outside knows them.
    """
    if field.sql:
        paths = (resolve(catalog, entity.key, text) for text in field.template.paths)
        return any(is_personal(catalog, catalog.by_key[p.owner], p.field) for p in paths)
    return field.pii is not Pii.NONE and field.type is FieldType.TEXT


def _columns(snapshot: OpenSnapshot, entity: Entity, *, masks: bool) -> tuple[ViewColumn, ...]:
    """The columns that the file has: an older one may lack some, or all."""
    catalog = snapshot.catalog
    return tuple(
        ViewColumn(field, masks and is_personal(catalog, entity, field))
        for field in entity.fields
        if snapshot.has(resolve(catalog, entity.key, field.name))
    )


def _rows(
    snapshot: OpenSnapshot, scope: Scope, entity: Entity, columns: Iterable[ViewColumn]
) -> str:
    tables = GuardedTables(snapshot.catalog, entity, scope.kind, snapshot.profile)
    outputs = tuple(
        Output(
            column.field.name,
            "CAST(NULL AS VARCHAR)"
            if column.is_masked
            else tables.expression("{" + column.field.name + "}"),
        )
        for column in columns
    )
    return rows_sql(tables.rows(outputs, ()))


def _bound(texts: Iterable[str], scope: Scope) -> list[str]:
    """The statements with the scope's ids in them: a view has no parameters."""
    ids = f"[{', '.join(str(int(one)) for one in scope.ids)}]"
    return [text.replace(f"${SCOPE_PARAMETER}", ids) for text in texts]


def _over_file(snapshot: OpenSnapshot, text: str) -> str:
    """The statement with each table that it names taken from the attached file."""
    tables = ", ".join(
        f"{quoted(name)} AS NOT MATERIALIZED (SELECT * FROM {FILE}.main.{quoted(name)})"
        for name in snapshot.tables_read(text)
    )
    return f"WITH {tables} {text}"


def _about(snapshot: OpenSnapshot) -> str:
    info, today = snapshot.info, snapshot.calendar.today
    name, zone = info.id.replace("'", "''"), info.time_zone.replace("'", "''")
    taken_at = instant_text(info.taken_at).removesuffix("Z")
    return (
        f"CREATE TABLE {ABOUT} AS SELECT '{name}' AS \"id\", TIMESTAMP '{taken_at}' AS \"takenAt\","
        f" DATE '{today.isoformat()}' AS \"takenOn\", '{zone}' AS \"timeZone\""
    )


def _described(view: View, translate: Translate) -> dict[str, Any]:
    names = ("name", "type", "label", "description", "unit", "pii", "sensitivity")
    columns = [
        {name: field[name] for name in names} | {"masked": column.is_masked}
        for column in view.columns
        for field in (describe_field(view.entity, column.field, translate),)
    ]
    return {
        "name": view.entity.key,
        "label": translate(view.entity.label),
        "rowLabel": translate(view.entity.row_label),
        "columns": columns,
    }


def _described_snapshot(translate: Translate) -> dict[str, Any]:
    """The relation of one row: its fields are no catalog's, and plain."""
    plain = {"description": "", "unit": None, "pii": "none", "sensitivity": "normal"}
    return {
        "name": ABOUT,
        "label": translate("Snapshot"),
        "rowLabel": translate("the snapshot that is read"),
        "columns": [
            {"name": name, "type": kind.value, "label": translate(label), "masked": False} | plain
            for name, kind, label in _ABOUT_COLUMNS
        ],
    }


def _notices(snapshot: OpenSnapshot, scope: Scope) -> tuple[Notice, ...]:
    smallest = smallest_of(snapshot.manifest.min_group_size, scope)
    if not smallest:
        return ()
    text = (
        f"Reports hide numbers about fewer than {smallest} people. SQL reads records, as lists do,"
        " and hides none: check what you pass on."
    )
    return (Notice("SMALL_GROUPS_SHOWN", text),)
