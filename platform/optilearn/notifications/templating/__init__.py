"""Institutions' own templates, which replace the product's."""
