"""GIFT and Aiken, Moodle's formats of plain text."""
