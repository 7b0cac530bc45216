"""Schemas of question banks, quizzes and attempts."""
