"""Certificates of completed courses, and the page that verifies them."""
