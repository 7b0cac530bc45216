"""Points, streaks, badges and leaderboards."""
