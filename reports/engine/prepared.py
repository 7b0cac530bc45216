"""A request that is bound to its snapshot and validated, ready to be answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from reports.contracts import AnswerIdentity, History, Limits, ScopeKind, SnapshotRef
from reports.engine.snapshots import OpenSnapshot
from reports.engine.suppression import smallest_group
from reports.errors import Problem, ReportInvalid, SnapshotUnknown
from reports.language.report import Report
from reports.requests import ReportRequest


@dataclass(frozen=True)
class Prepared:
    """A valid report over the snapshot that answers it: the newest, or the one of ``asOf``."""

    request: ReportRequest
    report: Report
    snapshot: OpenSnapshot

    @property
    def limits(self) -> Limits:
        """The limits of the request, or else the interactive ones."""
        return self.request.limits or Limits()

    @property
    def smallest(self) -> int:
        """The smallest group of people that a cell may be about; 0 where nothing is hidden."""
        size = self.snapshot.manifest.min_group_size
        return smallest_group(size, self.request.scope, self.report)

    @property
    def has_noise(self) -> bool:
        """True if numbers about people have noise: in scopes that don't see all rows anyway."""
        key = self.snapshot.manifest.perturbation_key
        return key is not None and self.request.scope.kind is ScopeKind.OWN_COURSES

    @cached_property
    def compared(self) -> SnapshotRef | None:
        """The other snapshot that the report is compared with.

        Raises :class:`~reports.errors.ReportInvalid` if there is none of that name.
        """
        compare = self.report.compare
        if compare is None or compare.to != "snapshot":
            return None
        return find_snapshot(compare.snapshot, "/compare/snapshot", self.request.history)

    @property
    def identity(self) -> AnswerIdentity:
        """The key under which the answer may be cached. Raises as :attr:`compared` does."""
        manifest, ref, compared = self.snapshot.manifest, self.snapshot.ref, self.compared
        return AnswerIdentity(
            definition_digest=self.report.digest,
            snapshot_id=manifest.snapshot_id,
            snapshot_digest=ref.file_digest if ref is not None else "",
            compared_snapshot_id=compared.snapshot_id if compared is not None else "",
            compared_snapshot_digest=compared.file_digest if compared is not None else "",
            scope_digest=self.request.scope.digest(),
            smallest_group=manifest.min_group_size,
            has_noise=manifest.perturbation_key is not None,
        )

    def within(self, limits: Limits) -> Prepared:
        """The same with other limits."""
        return replace(self, request=replace(self.request, limits=limits))


def find_snapshot(name: str, place: str, history: History | None) -> SnapshotRef:
    """The snapshot that a definition names at ``place``.

    Raises :class:`~reports.errors.ReportInvalid`.
    """
    if history is None:
        hint = "Ask an institution's snapshots instead of a file."
        problem = Problem("NO_HISTORY", place, "A database file has no other snapshots.", hint)
        raise ReportInvalid([problem])
    try:
        return history(name)
    except SnapshotUnknown as error:
        raise error.at(place) from error
