"""The documents in the app: rendered, searchable, in the reader's navigation."""
