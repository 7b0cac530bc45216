"""The product's entities, one module for each group of tables (report-dsl.md §3)."""
