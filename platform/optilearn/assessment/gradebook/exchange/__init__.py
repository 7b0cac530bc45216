"""Gradebooks as files: our own, and reading those of Canvas and Moodle; without records."""
