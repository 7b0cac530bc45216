"""E-mail addresses that bounced or complained, and are written to no more."""
