"""Moodle XML, with Cloze in it."""
