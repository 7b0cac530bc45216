"""The tables of assessment, one module for each feature."""

from optilearn.assessment.models.assignments import Assignment, Submission
from optilearn.assessment.models.gradebook import Grade, GradeChange, GradeGroup, GradingPolicy

__all__ = ["Assignment", "Grade", "GradeChange", "GradeGroup", "GradingPolicy", "Submission"]
