"""Announcements: written by staff, for an audience, published once, with receipts."""
