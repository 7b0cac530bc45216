"""A second, slow and plain answer to every question of the report language.

Written from the published contract alone. It shares no code with the engine: it reads the
catalog's declarations (entities, fields, relations, names of metrics) as data, follows rows
one by one, and adds up with exact arithmetic.
"""
