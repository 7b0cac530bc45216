"""Each person's own preferences: keys, channels, frequency, times."""
