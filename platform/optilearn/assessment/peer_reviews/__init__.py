"""Peer review: students review each other's work without knowing whose it is."""
