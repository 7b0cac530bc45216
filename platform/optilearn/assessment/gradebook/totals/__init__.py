"""The arithmetic of totals, without records."""
