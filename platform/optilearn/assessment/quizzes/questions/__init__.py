"""The nine types of questions: their content, answers and marks, without records."""
