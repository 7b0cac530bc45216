"""The product's entities, a module for each group of tables (docs/report-reference.md#entities)."""
