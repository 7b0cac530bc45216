"""Certificates, and what students earn by learning."""

from optilearn.recognition.models.certificates import (
    Certificate,
    CertificateNumber,
    CertificateSettings,
    CertificateTemplate,
    CertificateTemplateVersion,
)
from optilearn.recognition.models.paths import LearningPath, PathCourse, PathMember
from optilearn.recognition.models.points import (
    Badge,
    CoursePoints,
    EarnedBadge,
    LearnerTotals,
    PointsEntry,
    PointsRule,
)

__all__ = [
    "Badge",
    "Certificate",
    "CertificateNumber",
    "CertificateSettings",
    "CertificateTemplate",
    "CertificateTemplateVersion",
    "CoursePoints",
    "EarnedBadge",
    "LearnerTotals",
    "LearningPath",
    "PathCourse",
    "PathMember",
    "PointsEntry",
    "PointsRule",
]
