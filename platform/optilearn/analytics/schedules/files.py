"""The files of an occurrence: one for each scope, part, format and language, whoever gets them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.analytics.exports.contents import Content
from optilearn.analytics.exports.rendering import FileFacts, Rendering, Wanted, render_files
from optilearn.analytics.models import Occurrence, OccurrenceFile, OccurrenceRecipient, Schedule
from optilearn.analytics.saved.selectors import ItemRow
from optilearn.analytics.schedules.contents import Source, content_of, is_empty
from optilearn.analytics.schedules.leases import LEASE, renew, write
from optilearn.analytics.schedules.opening import CATEGORY
from optilearn.analytics.schedules.outcomes import Failed, Reason
from optilearn.analytics.schedules.recipients import Recipient
from optilearn.core.clock import now
from optilearn.files import services as files
from optilearn.files.access import UploadPlace
from reports import api as reports
from reports.api import ExportFormat
from reports.contracts import SnapshotRef


@dataclass(frozen=True)
class Work:
    """An occurrence with the report that it sends and the snapshot of all its files."""

    occurrence: Occurrence
    source: Source
    snapshot: SnapshotRef

    @property
    def schedule(self) -> Schedule:
        """The schedule that it belongs to."""
        return self.source.schedule

    @property
    def item(self) -> ItemRow:
        """The report or dashboard."""
        return self.source.item


def discard_outdated(work: Work) -> None:
    """Discard the files of an earlier attempt if the schedule or the report was changed since.

    All recipients get the same report: once somebody was sent theirs, the files stay.
    """
    versions = f"{work.schedule.version}:{work.item.version}"
    occurrence = work.occurrence
    if occurrence.versions == versions:
        return
    with transaction.atomic():
        rows = OccurrenceFile.objects.filter(occurrence_id=occurrence.pk)
        sent = occurrence.recipients.filter(status=OccurrenceRecipient.Status.SENT)
        if occurrence.versions and not sent.exists():
            for file_id in rows.exclude(file=None).values_list("file_id", flat=True):
                files.discard(file_id)
            rows.delete()
        write(occurrence, versions=versions)


def make_files(work: Work, people: Sequence[Recipient]) -> Mapping[str, int]:
    """Make the files that aren't there yet; return the number of rows by group.

    Each report is asked once for each distinct question, whatever the number of formats and of
    languages. A group without rows gets no file unless the schedule sends empty ones. Raises
    ``ReportError``, ``AppError``, ``LeaseLost``.
    """
    stored = OccurrenceFile.objects.filter(occurrence_id=work.occurrence.pk)
    rows: dict[str, int] = {}
    done = set()
    for group, form, count in stored.values_list("group", "format", "rows"):
        rows[group] = count
        done.add((group, form))
    readers: dict[str, dict[str, Recipient]] = {}
    for one in people:
        readers.setdefault(one.question, {})[one.group] = one
    for groups in readers.values():
        missing = [
            (one, form)
            for group, one in groups.items()
            for form in work.schedule.formats
            if (group, form) not in done and not _is_left_out(work, rows.get(group))
        ]
        if missing:
            count = _make(work, missing)
            rows |= {one.group: count for one, _form in missing}
    return rows


def _is_left_out(work: Work, rows: int | None) -> bool:
    """Return True if further formats of a group without rows aren't wanted."""
    return rows == 0 and work.schedule.on_empty != Schedule.OnEmpty.SEND


def _make(work: Work, missing: Sequence[tuple[Recipient, str]]) -> int:
    """Make files of one question, each in its reader's language; return the number of rows."""
    renew(work.occurrence)
    contents = {one.language: _content(work, one) for one, _form in missing}
    if any(is_empty(content) for content in contents.values()):
        raise Failed(Reason.REPORT_INVALID, _("No tile of this dashboard can be sent."))
    with tempfile.TemporaryDirectory(prefix="optilearn-schedule-") as folder:
        wanted = [
            Wanted(contents[one.language], Path(folder) / str(number), _rendering(one, form))
            for number, (one, form) in enumerate(missing)
        ]
        written = render_files(missing[0][0].reach, work.snapshot, wanted)
        without: set[str] = set()
        for (one, form), file, facts in zip(missing, wanted, written, strict=True):
            if not _is_left_out(work, facts.rows):
                _link(work, one, form, facts, _store(one, facts, file.path))
            elif one.group not in without:
                without.add(one.group)
                _link(work, one, form, facts, None)
    return written[0].rows


def _content(work: Work, one: Recipient) -> Content:
    """The report with its titles and notes in the reader's language."""
    with translation.override(one.language):
        return content_of(work.source, one.part, reports.catalog_of(work.snapshot))


def _rendering(one: Recipient, form: str) -> Rendering:
    has_bom = form == ExportFormat.CSV
    return Rendering(ExportFormat(form), bom=has_bom, language=one.language)


def _store(one: Recipient, facts: FileFacts, path: Path) -> int:
    with path.open("rb") as source:
        reach = one.reach.to_record()
        file = files.GeneratedFile(facts.name, facts.content_type, source, facts.size, reach)
        return files.store_generated(place=UploadPlace(CATEGORY), file=file)


def _link(work: Work, one: Recipient, form: str, facts: FileFacts, file_id: int | None) -> None:
    """Write the file's row, if the occurrence is still ours."""
    try:
        with transaction.atomic():
            write(work.occurrence, run_at=now() + LEASE)
            OccurrenceFile.objects.create(
                occurrence_id=work.occurrence.pk,
                group=one.group,
                format=form,
                file_id=file_id,
                name=facts.name,
                rows=facts.rows,
                size_bytes=facts.size,
                sha256=facts.sha256,
            )
            if file_id is not None:
                files.keep(file_id)
    except IntegrityError:  # an attempt that lost its lease wrote it first: the same bytes
        return
