"""Pages of schedules, and of what was sent to the reader."""
