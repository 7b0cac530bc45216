"""SQL over one snapshot, in a process of its own (docs/analysts.md)."""
