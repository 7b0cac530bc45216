"""Nothing is awarded in the name of a person who was erased."""

from __future__ import annotations

from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson, Module
from optilearn.crm.models import CompletionOutbox
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.services.completion import complete_lesson, lock_enrollment
from optilearn.recognition.models import Certificate, LearnerTotals, PointsEntry
from tests.support.certificates import awarding, certified, done, refused
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def erase(twin: Twin, name: str = "lena") -> None:
    words = {"confirm": name, "reason": "Asked for it."}
    done(twin, "asha", "POST", f"/people/{twin.people[name].pk}/erase", words)


def test_a_lesson_that_is_removed_completes_no_course_of_theirs(twins: Twins) -> None:
    north = twins[0]
    with tenant_context(north.id):
        awarding(north)
        course = north.courses["MATH"]
        first = Lesson.objects.get(course=course)
        module = Module.objects.get(course=course)
        more = Lesson.objects.create(
            course=course, module=module, title="More", kind="TEXT", position=2
        )
        for name in ("lena", "मीरा"):
            own = Enrollment.objects.get(student=north.people[name])
            lock_enrollment(own.pk)
            complete_lesson(own.pk, first.pk)
    erase(north)
    done(north, "tom", "DELETE", f"/lessons/{more.pk}")
    with tenant_context(north.id):
        lena, meera = (north.people[name].pk for name in ("lena", "मीरा"))
        states = dict(Enrollment.objects.values_list("student_id", "status"))
        assert (states[lena], states[meera]) == ("ACTIVE", "COMPLETED")
        assert list(Certificate.objects.values_list("student_id", flat=True)) == [meera]
        assert list(LearnerTotals.objects.values_list("student_id", flat=True)) == [meera]
        assert not PointsEntry.objects.filter(student=lena).exists()
        assert not CompletionOutbox.objects.filter(student_id=lena).exists()


def test_their_certificate_is_not_issued_anew(twins: Twins) -> None:
    north = twins[0]
    certificate = certified(north)
    erase(north)
    body = {"reason": "Another name"}
    path = f"/certificates/{certificate.pk}/reissue"
    assert refused(north, "asha", "POST", path, body) == (409, "CONFLICT")
