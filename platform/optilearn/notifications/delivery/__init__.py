"""The stages between the outbox and a channel.

``expansion`` writes a delivery for each recipient and channel; ``claims`` leases due deliveries
to a worker; ``suppression`` evaluates the rules; ``results`` records what the provider said.
``worker_api`` is their interface for ``worker/``.
"""
