"""Discussions of courses: threads, replies, moderation, read positions."""
