"""Messages between people, under the institution's rules of who may write to whom."""
