"""Saved items as files: out as JSON, and in again after a look at what would happen."""

from __future__ import annotations

import json
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from optilearn.analytics.saved.code.documents import documents_of
from optilearn.analytics.saved.code.importing import import_documents
from optilearn.analytics.saved.schemas.code import MAX_DOCUMENTS, ImportIn
from optilearn.core.access.policies import STAFF
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.web.formatting import zone
from optilearn.web.pages import WebRequest, flash, page, parse, problems_in, redirect_to, show

MAX_BYTES: Final = 4_000_000


@page(roles=STAFF)
def export(request: WebRequest) -> HttpResponse:
    """Answer a file with the chosen items, or with all that the reader may read."""
    ids = [int(text) for text in request.GET.getlist("ids") if _is_id(text)][:MAX_DOCUMENTS]
    documents = documents_of(request.principal, ids or None)[:MAX_DOCUMENTS]
    body = json.dumps({"items": documents}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    name = f"reports-{now().astimezone(zone()):%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type="application/json", headers=headers)


@page(roles=STAFF)
def import_items(request: WebRequest) -> HttpResponse:
    """Show what an import would do, and do it when that is confirmed."""
    context: dict[str, Any] = {"nav": "reports", "chapter": "saved-reports", "max_bytes": MAX_BYTES}
    if request.method != "POST":
        return show(request, "web/library/import.html", context)
    text = ""
    try:
        text = _text(request)
        documents = [item.document() for item in _read(text).items]
        is_confirmed = request.POST.get("step") == "apply"
        steps = import_documents(
            principal=request.principal, documents=documents, dry_run=not is_confirmed
        )
    except AppError as error:
        if error.code not in _SHOWN:
            raise
        places = problems_in(error) or [{"path": "", "message": error.message, "hint": ""}]
        context |= {"text": text, "problems": [one | {"href": ""} for one in places[:20]]}
        return show(request, "web/library/import.html", context, status=422)
    if is_confirmed:
        flash(request, _done(steps))
        return redirect_to("/reports?order=newest")
    return show(request, "web/library/plan.html", context | _plan(steps, text))


_SHOWN: Final = {ErrorCode.VALIDATION_ERROR, ErrorCode.CONFLICT, ErrorCode.REPORT_INVALID}


def _text(request: WebRequest) -> str:
    """The file, or what was pasted. Raises ``AppError`` VALIDATION_ERROR."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("text", "").strip()
    if file.size is not None and file.size > MAX_BYTES:
        raise _refused(_("This file is too large to be imported at once. Split it."))
    try:
        return bytes(file.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(_("This file isn't text. Choose one that was exported here.")) from error


def _read(text: str) -> ImportIn:
    if not text:
        raise _refused(_("Choose a file, or paste its text."))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(_("This isn't JSON. Choose a file that was exported here.")) from error
    if isinstance(found, list):
        found = {"items": found}
    if isinstance(found, dict) and "key" in found:  # one file for each item, as the command writes
        found = {"items": [found]}
    if not isinstance(found, dict):
        raise _refused(_("This isn't JSON. Choose a file that was exported here."))
    return parse(ImportIn, {"items": found.get("items", [])})


def _plan(steps: list[Any], text: str) -> dict[str, Any]:
    rows = [step.to_wire() for step in steps]
    counts = {name: sum(row["action"] == name for row in rows) for name in _ACTIONS}
    return {
        "text": text,
        "rows": rows,
        "counts": counts,
        "changes": counts["CREATE"] + counts["UPDATE"],
        "may_apply": not counts["REFUSED"] and bool(counts["CREATE"] + counts["UPDATE"]),
    }


_ACTIONS: Final = ("CREATE", "UPDATE", "SAME", "REFUSED")


def _done(steps: list[Any]) -> str:
    count = sum(step.action in {"CREATE", "UPDATE"} for step in steps)
    return ngettext("%(n)s item imported.", "%(n)s items imported.", count) % {"n": count}


def _refused(message: str) -> AppError:
    return AppError(ErrorCode.VALIDATION_ERROR, message)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
