"""The transactional outbox: rows of notifications and deliveries, and wake-ups of the workers."""
