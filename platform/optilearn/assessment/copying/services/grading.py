"""The grading of a copied course: its policy, groups of grades, rubrics, and sets of groups."""

from __future__ import annotations

from django.db.models import F, Q

from optilearn.assessment.copying.services.rows import Copy, Ids, copied, ids
from optilearn.assessment.models import (
    Assignment,
    GradeGroup,
    GradingPolicy,
    GroupSet,
    Rubric,
    RubricVersion,
    StudentGroup,
)
from optilearn.core import clock


def copy_policy(copy: Copy) -> None:
    """Copy the grading policy, if the course has one."""
    old = GradingPolicy.objects.filter(course_id=copy.course_id)
    GradingPolicy.objects.bulk_create(copied(one, course_id=copy.copy_id) for one in old)


def copy_grade_groups(copy: Copy) -> Ids:
    """Copy the groups of grades; return their ids."""
    old = list(GradeGroup.objects.filter(course_id=copy.course_id).order_by("id"))
    new = GradeGroup.objects.bulk_create(copied(one, course_id=copy.copy_id) for one in old)
    return ids(old, new)


def copy_rubrics(copy: Copy) -> Ids:
    """Copy the rubrics with their newest versions, which become the first; return their ids.

    An archived one comes along where an assignment that isn't archived has it.
    """
    in_use = Assignment.objects.filter(course_id=copy.course_id, archived_at=None)
    is_used = Q(rubric_id__in=in_use.filter(rubric__isnull=False).values("rubric_id"))
    found = (
        RubricVersion.objects.select_related("rubric")
        .filter(Q(rubric__archived_at=None) | is_used, rubric__course_id=copy.course_id)
        .filter(number=F("rubric__version"))
    )
    versions = list(found.order_by("rubric_id"))
    old = [one.rubric for one in versions]
    new = Rubric.objects.bulk_create(copied(one, course_id=copy.copy_id, version=1) for one in old)
    RubricVersion.objects.bulk_create(
        copied(one, rubric_id=rubric.pk, number=1, created_at=clock.now())
        for one, rubric in zip(versions, new, strict=True)
    )
    return ids(old, new)


def copy_group_sets(copy: Copy) -> Ids:
    """Copy the sets with their groups, which nobody is in yet; return the ids of the sets."""
    old = list(GroupSet.objects.filter(course_id=copy.course_id).order_by("id"))
    new = ids(old, GroupSet.objects.bulk_create(copied(one, course_id=copy.copy_id) for one in old))
    groups = StudentGroup.objects.filter(group_set_id__in=list(new)).order_by("id")
    StudentGroup.objects.bulk_create(
        copied(one, course_id=copy.copy_id, group_set_id=new[one.group_set_id]) for one in groups
    )
    return new
