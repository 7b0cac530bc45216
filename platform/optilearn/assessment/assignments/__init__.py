"""Assignments: what is asked, until when, and what students hand in."""
