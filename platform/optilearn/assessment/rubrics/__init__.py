"""Rubrics: criteria with levels, shared by the assignments of a course."""
