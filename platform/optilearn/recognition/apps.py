from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from optilearn.core.events import subscribe
from optilearn.courses.events import CourseCopied
from optilearn.enrollment.events import CourseCompleted, LessonsAchieved
from optilearn.recognition.events import PathsCompleted


class RecognitionConfig(AppConfig):
    """Certificates, points and badges."""

    name = "optilearn.recognition"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to what is completed, and to copies of courses.

        Points come before paths, and certificates last: their locks are taken in that order, the
        number of a certificate at the end.
        Keys that can't sign credentials end the start.
        """
        if settings.OPEN_BADGES_KEYS:
            _check_keys()
        subscribe(LessonsAchieved, _earn_for_lessons)
        subscribe(CourseCompleted, _earn_for_courses)
        subscribe(CourseCompleted, _complete_paths)
        subscribe(PathsCompleted, _issue_path_certificates)
        subscribe(CourseCompleted, _issue_certificates)
        subscribe(CourseCopied, _copy_certificate_settings)


def _check_keys() -> None:
    from optilearn.recognition.open_badges.keys import (  # noqa: PLC0415 - a big library
        UnusableKeyError,
        signing_keys,
    )

    try:
        signing_keys()
    except UnusableKeyError as error:
        raise ImproperlyConfigured(f"OPEN_BADGES_KEYS {error}.") from None


def _issue_certificates(event: CourseCompleted) -> None:
    from optilearn.recognition.certificates.services.issuing import (  # noqa: PLC0415 - needs models
        issue_for_completed,
    )

    issue_for_completed(event)


def _complete_paths(event: CourseCompleted) -> None:
    from optilearn.recognition.paths.services import (  # noqa: PLC0415 - needs models
        complete_paths_of,
    )

    complete_paths_of(event)


def _issue_path_certificates(event: PathsCompleted) -> None:
    from optilearn.recognition.certificates.services.issuing import (  # noqa: PLC0415 - needs models
        issue_for_paths,
    )

    issue_for_paths(event)


def _copy_certificate_settings(event: CourseCopied) -> None:
    from optilearn.recognition.certificates.services.settings import (  # noqa: PLC0415 - needs models
        copy_settings,
    )

    copy_settings(event)


def _earn_for_lessons(event: LessonsAchieved) -> None:
    from optilearn.recognition.points.services.earning import (  # noqa: PLC0415 - needs models
        earn_for_lessons,
    )

    earn_for_lessons(event)


def _earn_for_courses(event: CourseCompleted) -> None:
    from optilearn.recognition.points.services.earning import (  # noqa: PLC0415 - needs models
        earn_for_courses,
    )

    earn_for_courses(event)
