"""What a person finds in the app: their messages, and which of them are new."""
