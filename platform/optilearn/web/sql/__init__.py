"""The page of SQL: schema, editor, results, saved queries."""
