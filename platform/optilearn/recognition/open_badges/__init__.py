"""Badges and certificates as Open Badges 3.0 credentials, and what verifies them."""
