"""Reports over snapshots: a pure library."""

from reports import zones as zones  # first of all: one book of time zones for what is computed
