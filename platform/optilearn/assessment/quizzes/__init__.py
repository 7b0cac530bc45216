"""Question banks, quizzes, attempts."""
