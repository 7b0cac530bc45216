"""The codes of the product's records, with the words for them.

``tests/optilearn/test_catalog_choices.py`` holds them equal to the enumerations of the models.
"""

from __future__ import annotations

from typing import Final

Choices = tuple[tuple[str, str], ...]
"""Each code with its English label."""

ENROLLMENT_STATUS: Final[Choices] = (
    ("ACTIVE", "Active"),
    ("COMPLETED", "Completed"),
    ("WITHDRAWN", "Withdrawn"),
    ("EXPIRED", "Expired"),
    ("ENDED", "Ended"),
)
OUTCOME: Final[Choices] = (
    ("PASS", "Passed"),
    ("DISTINCTION", "With distinction"),
    ("FAIL", "Not passed"),
    ("WITHDRAWN", "Withdrawn"),
)
ENROLLMENT_SOURCE: Final[Choices] = (
    ("SELF", "By the student"),
    ("MANUAL", "By staff"),
    ("BULK", "Whole class"),
    ("PATH", "Learning path"),
    ("IMPORT", "Imported"),
)
COURSE_STATUS: Final[Choices] = (
    ("DRAFT", "Draft"),
    ("REVIEW", "In review"),
    ("PUBLISHED", "Published"),
    ("ARCHIVED", "Archived"),
)
LESSON_KIND: Final[Choices] = (
    ("TEXT", "Text"),
    ("VIDEO", "Video"),
    ("DOCUMENT", "Document"),
    ("QUIZ", "Quiz"),
    ("ASSIGNMENT", "Assignment"),
    ("LIVE", "Live class"),
    ("EMBED", "Embedded page"),
)
ASSIGNMENT_KIND: Final[Choices] = (
    ("ASSIGNMENT", "Assignment"),
    ("QUIZ", "Quiz"),
    ("EXAM", "Exam"),
)
SUBMISSION_STATUS: Final[Choices] = (
    ("SUBMITTED", "Submitted"),
    ("GRADED", "Graded"),
    ("RETURNED", "Returned"),
)
QUESTION_KIND: Final[Choices] = (
    ("MCQ", "One choice"),
    ("TRUE_FALSE", "True or false"),
    ("MULTI_SELECT", "Several choices"),
    ("SHORT_ANSWER", "Short answer"),
    ("FILL_BLANK", "Fill in the blanks"),
    ("MATCHING", "Matching"),
    ("NUMERIC", "Number"),
    ("ORDERING", "Ordering"),
    ("ESSAY", "Essay"),
)
ATTEMPT_STATUS: Final[Choices] = (
    ("IN_PROGRESS", "In progress"),
    ("SUBMITTED", "Submitted"),
    ("GRADED", "Graded"),
)
PEER_REVIEW_STATUS: Final[Choices] = (
    ("PENDING", "Waiting"),
    ("SUBMITTED", "Submitted"),
    ("FLAGGED", "Far from the median"),
)
PEER_REVIEW_DECISION: Final[Choices] = (("INCLUDED", "Included"), ("EXCLUDED", "Excluded"))
POST_STATUS: Final[Choices] = (
    ("VISIBLE", "Visible"),
    ("HIDDEN", "Hidden"),
    ("DELETED", "Deleted"),
)
ATTENDANCE_STATUS: Final[Choices] = (
    ("PRESENT", "Present"),
    ("PARTIAL", "Partly there"),
    ("ABSENT", "Absent"),
)
CERTIFICATE_STATUS: Final[Choices] = (
    ("VALID", "Valid"),
    ("EXPIRED", "Expired"),
    ("REVOKED", "Revoked"),
)
POINTS_KIND: Final[Choices] = (
    ("LESSON_COMPLETED", "Lesson completed"),
    ("QUIZ_PASSED", "Quiz passed"),
    ("COURSE_COMPLETED", "Course completed"),
)
OBLIGATION_STATUS: Final[Choices] = (
    ("PENDING", "Not met yet"),
    ("MET", "Met"),
    ("OVERDUE", "Overdue"),
    ("WAIVED", "Waived"),
)
"""Of a snapshot: who has left the audience owes nothing, and has no row."""
PROGRESS_STATUS: Final[Choices] = (("STARTED", "Started"), ("COMPLETED", "Completed"))
ACTIVITY_KIND: Final[Choices] = (
    ("VIEW", "Page viewed"),
    ("PLAY", "Video played"),
    ("DOWNLOAD", "File downloaded"),
    ("POST", "Post written"),
    ("ANSWER", "Question answered"),
    ("OTHER", "Other"),
)
PERSON_STATUS: Final[Choices] = (("ACTIVE", "Active"), ("INACTIVE", "Inactive"))
ROLE: Final[Choices] = (
    ("ADMIN", "Administrator"),
    ("SUPER_ADMIN", "Super administrator"),
    ("PRINCIPAL", "Principal"),
    ("HOD", "Head of department"),
    ("ANALYST", "Analyst"),
    ("TEACHER", "Teacher"),
    ("ADMISSIONS", "Admissions"),
    ("FINANCE", "Finance"),
    ("LIBRARIAN", "Librarian"),
)
"""Of staff: students and parents are other entities."""
CHANNEL: Final[Choices] = (("EMAIL", "E-mail"), ("PUSH", "Push"), ("IN_APP", "In the app"))
DELIVERY_STATUS: Final[Choices] = (
    ("PENDING", "Waiting"),
    ("SENT", "Sent"),
    ("SKIPPED", "Skipped"),
    ("FAILED", "Failed"),
    ("DEFERRED", "Later"),
)
DELIVERY_CATEGORY: Final[Choices] = (
    ("COURSES", "Courses and enrollment"),
    ("DEADLINES", "Assignments and deadlines"),
    ("GRADES", "Grades and feedback"),
    ("LIVE", "Live classes"),
    ("COMMUNITY", "Community"),
    ("RECOGNITION", "Recognition"),
    ("REENGAGEMENT", "Reminders to come back"),
    ("TEACHING", "Teaching"),
    ("PARENTS", "Parents"),
    ("ADMINISTRATION", "Administration"),
)
DELIVERY_RULE: Final[Choices] = (
    ("preference", "Turned off by the person"),
    ("inactive", "Person not active any more"),
    ("expired", "Expired before it was sent"),
    ("outdated", "Out of date before it was sent"),
    ("no_address", "No e-mail address"),
    ("no_device", "No device for push"),
    ("not_configured", "No provider set up"),
    ("bounce", "Address bounced or complained"),
    ("duplicate", "Same message sent shortly before"),
    ("daily_cap", "Daily limit reached"),
    ("reengage_cooldown", "Reminded shortly before"),
    ("quiet_hours", "Quiet hours"),
)
