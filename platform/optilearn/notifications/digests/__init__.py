"""Summaries of a day or a week, at the reader's hour."""
