"""Answers as people see them: charts, tables of texts, and the facts about them."""
