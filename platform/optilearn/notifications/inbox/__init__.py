"""The inbox in the app: a person's messages, and which of them are new."""
