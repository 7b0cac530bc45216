"""Recurrences: RFC 5545 rules on the institution's clock, and its school calendar."""
