"""Pages of the data: snapshots, and what changed between two."""
