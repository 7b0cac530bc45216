"""Learning paths: courses in an order, with progress, unlocking and a certificate."""
