"""The API of schedules, and of what was sent to the caller."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics.schedules import selectors, services
from optilearn.analytics.schedules.opening import open_file
from optilearn.analytics.schedules.previewing import preview_schedule
from optilearn.analytics.schedules.schemas import (
    OccurrenceOut,
    OccurrenceStarted,
    ReceivedOut,
    ReportDelivery,
    ScheduleChange,
    ScheduleIn,
    ScheduleOut,
    SchedulePreview,
    ScheduleRow,
    SchedulesQuery,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page

router = Router(tags=["Schedules"], by_alias=True)


@router.get(
    "/schedules",
    response={200: Envelope[list[ScheduleRow]], **refusals(400)},
    operation_id="listSchedules",
)
def schedules(request: HttpRequest, query: Query[SchedulesQuery]) -> HttpResponse:
    """The caller's schedules, the next to run first; administrators see everybody's."""
    rows, total = selectors.schedule_list(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/schedules",
    response={201: Envelope[ScheduleOut], **refusals(400, 404, 409, 422, 503)},
    operation_id="createSchedule",
)
def create(request: HttpRequest, wanted: ScheduleIn) -> HttpResponse:
    """Send a saved report at the times of a rule, each recipient under their own scope.

    Administrators and analysts may send to others, the rest of the staff to themselves.
    """
    principal = principal_of(request)
    schedule_id = services.create_schedule(principal=principal, wanted=wanted.to_values())
    return answer(selectors.schedule_detail(principal, schedule_id), status=201)


@router.post(
    "/schedules/preview",
    response={200: Envelope[SchedulePreview], **refusals(400, 404, 422, 503)},
    operation_id="previewSchedule",
)
def preview(request: HttpRequest, wanted: ScheduleIn) -> HttpResponse:
    """Say what a schedule would do: its next runs, recipients, scopes, and who would get nothing.

    Nothing is saved or sent.
    """
    return answer(preview_schedule(principal=principal_of(request), wanted=wanted.to_values()))


@router.get(
    "/schedules/{int:scheduleId}",
    response={200: Envelope[ScheduleOut], **refusals(404)},
    operation_id="getSchedule",
)
def detail(request: HttpRequest, scheduleId: int) -> HttpResponse:
    """A schedule with its times in words and its next ten runs."""
    return answer(selectors.schedule_detail(principal_of(request), scheduleId))


@router.put(
    "/schedules/{int:scheduleId}",
    response={200: Envelope[ScheduleOut], **refusals(400, 404, 409, 422, 503)},
    operation_id="updateSchedule",
)
def update(request: HttpRequest, scheduleId: int, wanted: ScheduleChange) -> HttpResponse:
    """Replace a schedule of the caller's own. 409 if it was changed since `version`."""
    principal = principal_of(request)
    services.update_schedule(principal=principal, schedule_id=scheduleId, wanted=wanted.to_values())
    return answer(selectors.schedule_detail(principal, scheduleId))


@router.delete(
    "/schedules/{int:scheduleId}",
    response={200: Envelope[Done], **refusals(404)},
    operation_id="deleteSchedule",
)
def delete(request: HttpRequest, scheduleId: int) -> HttpResponse:
    """Delete a schedule with its history. Reports that were sent stay with their mails."""
    services.delete_schedule(principal=principal_of(request), schedule_id=scheduleId)
    return answer({"done": True})


@router.post(
    "/schedules/{int:scheduleId}/pause",
    response={200: Envelope[ScheduleOut], **refusals(404)},
    operation_id="pauseSchedule",
)
def pause(request: HttpRequest, scheduleId: int) -> HttpResponse:
    """Pause a schedule."""
    principal = principal_of(request)
    services.pause_schedule(principal=principal, schedule_id=scheduleId)
    return answer(selectors.schedule_detail(principal, scheduleId))


@router.post(
    "/schedules/{int:scheduleId}/resume",
    response={200: Envelope[ScheduleOut], **refusals(404, 409)},
    operation_id="resumeSchedule",
)
def resume(request: HttpRequest, scheduleId: int) -> HttpResponse:
    """Let a schedule run again, from its next time on."""
    principal = principal_of(request)
    services.resume_schedule(principal=principal, schedule_id=scheduleId)
    return answer(selectors.schedule_detail(principal, scheduleId))


@router.post(
    "/schedules/{int:scheduleId}/owner",
    response={200: Envelope[ScheduleOut], **refusals(404)},
    operation_id="takeOverSchedule",
)
def take_over(request: HttpRequest, scheduleId: int) -> HttpResponse:
    """Make the caller, an administrator, the owner of a schedule."""
    principal = principal_of(request)
    services.take_over_schedule(principal=principal, schedule_id=scheduleId)
    return answer(selectors.schedule_detail(principal, scheduleId))


@router.post(
    "/schedules/{int:scheduleId}/test",
    response={202: Envelope[OccurrenceStarted], **refusals(404)},
    operation_id="testSchedule",
)
def test(request: HttpRequest, scheduleId: int) -> HttpResponse:
    """Send it to the caller alone, within a minute, with the rows that the caller may see."""
    occurrence_id = services.test_schedule(principal=principal_of(request), schedule_id=scheduleId)
    return answer({"occurrenceId": occurrence_id}, status=202)


@router.post(
    "/schedules/{int:scheduleId}/run",
    response={202: Envelope[OccurrenceStarted], **refusals(404, 409)},
    operation_id="runScheduleNow",
)
def run_now(request: HttpRequest, scheduleId: int) -> HttpResponse:
    """Send it to all its recipients, within a minute. Its own times stay as they are."""
    occurrence_id = services.run_now(principal=principal_of(request), schedule_id=scheduleId)
    return answer({"occurrenceId": occurrence_id}, status=202)


@router.get(
    "/schedules/{int:scheduleId}/occurrences",
    response={200: Envelope[list[OccurrenceOut]], **refusals(400, 404)},
    operation_id="listOccurrences",
)
def occurrences(request: HttpRequest, scheduleId: int, query: Query[PageQuery]) -> HttpResponse:
    """The runs of a schedule, the newest first."""
    rows, total = selectors.occurrence_list(principal_of(request), scheduleId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/occurrences/{int:occurrenceId}/deliveries",
    response={200: Envelope[list[ReportDelivery]], **refusals(400, 404)},
    operation_id="listDeliveriesOfOccurrence",
)
def deliveries(request: HttpRequest, occurrenceId: int, query: Query[PageQuery]) -> HttpResponse:
    """The recipients of a run: what each got, or why not."""
    rows, total = selectors.delivery_list(principal_of(request), occurrenceId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/deliveries/{int:deliveryId}/send-again",
    response={202: Envelope[OccurrenceStarted], **refusals(404, 409)},
    operation_id="sendDeliveryAgain",
)
def send_again(request: HttpRequest, deliveryId: int) -> HttpResponse:
    """Send a report to one recipient again, with the data and their rights of now."""
    occurrence_id = services.send_again(principal=principal_of(request), delivery_id=deliveryId)
    return answer({"occurrenceId": occurrence_id}, status=202)


@router.get(
    "/deliveries",
    response={200: Envelope[list[ReceivedOut]], **refusals(400)},
    operation_id="listReceivedReports",
)
def received(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The reports that were sent to the caller, the newest first."""
    rows, total = selectors.received_list(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/deliveries/{int:deliveryId}/files/{form}",
    response={302: None, **refusals(404)},
    operation_id="openReceivedFile",
)
def open_received(request: HttpRequest, deliveryId: int, form: str) -> HttpResponse:
    """Redirect to a file that was sent to the caller; links in mails lead here."""
    url = open_file(principal=principal_of(request), delivery_id=deliveryId, form=form)
    return HttpResponse(status=302, headers={"Location": url, "Cache-Control": "no-store"})
