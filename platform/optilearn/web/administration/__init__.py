"""The school: settings, people, messages, logs, tokens, health; for administrators."""
