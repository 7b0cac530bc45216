"""Live classes over HTTP: their schedule, their rooms, attendance."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from optilearn.live import selectors, services
from optilearn.live.schemas import (
    AttendanceCorrection,
    AttendanceRow,
    LiveClassCancellation,
    LiveClassChange,
    LiveClassIn,
    LiveClassOut,
    LiveClassQuery,
    OwnAttendance,
    OwnAttendanceQuery,
    PersonInRoom,
    PresenceReport,
    RoomEntry,
)

router = Router(tags=["Live classes"], by_alias=True)
READ: Final = refusals(400, 403, 404)
WRITE: Final = refusals(400, 403, 404, 409)


@router.get(
    "/courses/{int:courseId}/live-classes",
    response={200: Envelope[list[LiveClassOut]], **READ},
    operation_id="listLiveClasses",
)
def live_classes(request: HttpRequest, courseId: int, query: Query[LiveClassQuery]) -> HttpResponse:
    """The live classes of a course, in the order of their starts, for managers and students."""
    rows, total = selectors.live_classes(
        principal_of(request), courseId, query, status=query.status, since=query.since
    )
    return answer_page(rows, total=total, query=query)


@router.post(
    "/courses/{int:courseId}/live-classes",
    response={201: Envelope[LiveClassOut], **WRITE},
    operation_id="scheduleLiveClass",
)
def schedule(request: HttpRequest, courseId: int, live_class: LiveClassIn) -> HttpResponse:
    """Schedule a live class, or a series; the answer is the first. Students are notified once."""
    principal = principal_of(request)
    plan = services.Plan(**live_class.model_dump())
    key = services.schedule(principal=principal, course_id=courseId, plan=plan)
    return answer(selectors.live_class(principal, key), status=201)


@router.get(
    "/live-classes/{int:liveClassId}",
    response={200: Envelope[LiveClassOut], **READ},
    operation_id="getLiveClass",
)
def live_class(request: HttpRequest, liveClassId: int) -> HttpResponse:
    """A live class, for managers and students of its course."""
    return answer(selectors.live_class(principal_of(request), liveClassId))


@router.patch(
    "/live-classes/{int:liveClassId}",
    response={200: Envelope[LiveClassOut], **WRITE},
    operation_id="updateLiveClass",
)
def update(request: HttpRequest, liveClassId: int, change: LiveClassChange) -> HttpResponse:
    """Change a class, or also others of its series; students are notified of another time."""
    principal = principal_of(request)
    values = change.model_dump(exclude_unset=True, exclude={"scope"})
    services.change(
        principal=principal,
        class_id=liveClassId,
        values=values,
        scope=services.Scope(change.scope or "ONE"),
    )
    return answer(selectors.live_class(principal, liveClassId))


@router.post(
    "/live-classes/{int:liveClassId}/cancel",
    response={200: Envelope[LiveClassOut], **WRITE},
    operation_id="cancelLiveClass",
)
def cancel(
    request: HttpRequest, liveClassId: int, cancellation: LiveClassCancellation
) -> HttpResponse:
    """Cancel a class, or also others of its series; students are notified."""
    principal = principal_of(request)
    services.cancel(
        principal=principal, class_id=liveClassId, scope=services.Scope(cancellation.scope)
    )
    return answer(selectors.live_class(principal, liveClassId))


@router.post(
    "/live-classes/{int:liveClassId}/start",
    response={200: Envelope[LiveClassOut], **WRITE},
    operation_id="startLiveClass",
)
def start(request: HttpRequest, liveClassId: int) -> HttpResponse:
    """Start a class as a host; one that is LIVE already stays so."""
    principal = principal_of(request)
    services.start(principal=principal, class_id=liveClassId)
    return answer(selectors.live_class(principal, liveClassId))


@router.post(
    "/live-classes/{int:liveClassId}/end",
    response={200: Envelope[LiveClassOut], **WRITE},
    operation_id="endLiveClass",
)
def end(request: HttpRequest, liveClassId: int) -> HttpResponse:
    """End a class as a host: attendance is recorded. Again changes nothing."""
    principal = principal_of(request)
    services.end(principal=principal, class_id=liveClassId)
    return answer(selectors.live_class(principal, liveClassId))


@router.post(
    "/live-classes/{int:liveClassId}/join",
    response={200: Envelope[RoomEntry], **refusals(400, 402, 403, 404, 409, 503)},
    operation_id="joinLiveClass",
)
def join(request: HttpRequest, liveClassId: int) -> HttpResponse:
    """The room of a class and the caller's token for it; hosts are its moderators."""
    entry = services.enter_room(principal=principal_of(request), class_id=liveClassId)
    return answer(
        {
            "url": entry.url,
            "room": entry.room,
            "token": entry.token,
            "expiresAt": entry.expires_at,
        }
    )


@router.post(
    "/live-classes/{int:liveClassId}/presence",
    response={200: Envelope[Done], **WRITE},
    operation_id="reportPresence",
)
def report(request: HttpRequest, liveClassId: int, report: PresenceReport) -> HttpResponse:
    """Report that the caller came into the room or left it; the time is the server's."""
    services.report_presence(
        principal=principal_of(request),
        class_id=liveClassId,
        report=services.Report(report.event_id, report.connection_id, report.kind),
    )
    return answer({"done": True})


@router.get(
    "/live-classes/{int:liveClassId}/presence",
    response={200: Envelope[list[PersonInRoom]], **READ},
    operation_id="listPeopleInRoom",
)
def presence(request: HttpRequest, liveClassId: int) -> HttpResponse:
    """The people who are in the room now, for hosts."""
    return answer(selectors.people_in_room(principal_of(request), liveClassId))


@router.get(
    "/live-classes/{int:liveClassId}/attendance",
    response={200: Envelope[list[AttendanceRow]], **READ},
    operation_id="listAttendance",
)
def attendance(request: HttpRequest, liveClassId: int, query: Query[PageQuery]) -> HttpResponse:
    """The attendance of a class that has ended, by name, for managers."""
    rows, total = selectors.attendance_of(principal_of(request), liveClassId, query)
    return answer_page(rows, total=total, query=query)


@router.put(
    "/live-classes/{int:liveClassId}/attendance/{int:enrollmentId}",
    response={200: Envelope[Done], **WRITE},
    operation_id="correctAttendance",
)
def correct(
    request: HttpRequest, liveClassId: int, enrollmentId: int, correction: AttendanceCorrection
) -> HttpResponse:
    """Set a student's attendance by hand, with a reason; the measured one is kept beside it."""
    services.correct_attendance(
        principal=principal_of(request),
        class_id=liveClassId,
        enrollment_id=enrollmentId,
        status=correction.status,
        reason=correction.reason,
    )
    return answer({"done": True})


@router.get(
    "/me/attendance",
    response={200: Envelope[list[OwnAttendance]], **refusals(400)},
    operation_id="listOwnAttendance",
)
def own_attendance(request: HttpRequest, query: Query[OwnAttendanceQuery]) -> HttpResponse:
    """The calling student's attendance, the newest class first."""
    rows, total = selectors.own_attendance(principal_of(request), query, query.course_id)
    return answer_page(rows, total=total, query=query)
