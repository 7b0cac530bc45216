"""What each person wants to hear of, how, and when."""
