"""Institutions' own wordings, which take the place of the product's."""
