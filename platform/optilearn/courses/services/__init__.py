"""Writes about courses: one verb each, atomic, audited."""
