"""The wire of gradebooks."""
