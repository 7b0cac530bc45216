"""Marking: the queue, marks, comments, returned work, moderation, requests to grade again."""
