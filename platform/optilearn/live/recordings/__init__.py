"""Recordings of live classes: Jibris, their leases, files that finalize scripts bring."""
