"""Definitions bound to a catalog, and reports compiled to verified SQL; both are cached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from reports.bounded_cache import BoundedCache
from reports.compiler.compile import Compiled, compile_report
from reports.compiler.settings import Settings
from reports.contracts import ScopeKind
from reports.engine.snapshots import OpenSnapshot
from reports.engine.verify import Verifier
from reports.language.report import Report
from reports.language.validate import validate_definition

_REPORTS_BYTES: Final = 32 * 1024**2
_COMPILED_BYTES: Final = 32 * 1024**2
_OF_A_REPORT: Final = 12
"""Bytes of a report for each byte of its definition, measured (tests hold it)."""
_OF_A_STATEMENT: Final = 4
_OF_AN_ENTRY: Final = 4_096


class ReportCompiler:
    """Validates definitions and compiles reports; safe to use from several threads."""

    def __init__(self) -> None:
        self._verifier = Verifier()
        self._compiled = BoundedCache[tuple[str, str, Settings], Compiled](_COMPILED_BYTES)
        self._reports = BoundedCache[tuple[str, str], Report](_REPORTS_BYTES)

    def validate(self, definition: Mapping[str, Any], snapshot: OpenSnapshot) -> Report:
        """Bind the definition to the snapshot's catalog.

        Raises :class:`~reports.errors.ReportInvalid`.
        """
        try:
            key = (json.dumps(definition), snapshot.catalog.digest)
        except (TypeError, ValueError, RecursionError):
            return validate_definition(definition, snapshot.catalog)
        if (found := self._reports.get(key)) is not None:
            return found
        found = validate_definition(definition, snapshot.catalog)
        self._reports.put(key, found, _OF_A_REPORT * len(key[0]) + _OF_AN_ENTRY)
        return found

    def compile(self, report: Report, snapshot: OpenSnapshot, settings: Settings) -> Compiled:
        """The verified statements of the report over the snapshot."""
        # What is known of the snapshot's rows shapes the SQL, so it is part of the key.
        key = (report.digest, snapshot.key, settings)
        if (found := self._compiled.get(key)) is not None:
            return found
        found = compile_report(report, snapshot.catalog, settings, snapshot.profile)
        self.verify(found, snapshot, settings.kind)
        # Beside the statements it holds the definition's values, as parameters.
        text = sum(map(len, found.statements)) + len(json.dumps(report.definition, default=str))
        self._compiled.put(key, found, _OF_A_STATEMENT * text + _OF_AN_ENTRY)
        return found

    def verify(self, compiled: Compiled, snapshot: OpenSnapshot, kind: ScopeKind) -> None:
        """Check that statements are guarded, and read only what the snapshot has.

        Raises :class:`~reports.errors.UnsafeSql`, :class:`~reports.errors.NotRecorded`.
        """
        self._verifier.check(compiled.statements, snapshot.catalog, kind)
        for sql in compiled.statements:
            snapshot.check_has(sql)
