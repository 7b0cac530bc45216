"""Work on published snapshots: scheduled reports and alerts.

What is due, and what becomes of it, is decided by ``optilearn.analytics``; Dagster says when it is
looked at, runs it, and shows what was done.
"""
