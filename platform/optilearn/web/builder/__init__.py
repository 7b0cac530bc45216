"""The Reports Builder, and reading a saved report."""
