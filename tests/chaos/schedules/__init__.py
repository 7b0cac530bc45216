"""Scheduled reports while their runners are killed and PostgreSQL is restarted."""
