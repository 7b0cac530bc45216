"""Totals of a course: what counts, what is dropped, which letter it is."""
