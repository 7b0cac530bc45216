"""Groups of students who hand in together."""
