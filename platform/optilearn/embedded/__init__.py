"""A real PostgreSQL and a real Valkey from wheels, for a machine without servers.

One set of servers belongs to one folder. Every process that uses it holds a lock there, and the
servers stop when the last lock is gone, however its process ended.
"""

from optilearn.embedded.errors import EmbeddedError
from optilearn.embedded.provision import DatabaseUrls, Passwords, provision
from optilearn.embedded.services import Services, ensure

__all__ = ["DatabaseUrls", "EmbeddedError", "Passwords", "Services", "ensure", "provision"]
