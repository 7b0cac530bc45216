"""Copies of courses: the rules, banks and settings of assessment, and nobody's work."""
