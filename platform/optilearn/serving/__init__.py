"""From a connection to Django, and back: who may hold what, for how long.

    connections ──► application ──► bodies (read whole) ──► lanes (threads) ──► Django, by WSGI

Connections cost a coroutine, never a thread: a thread gets a request once all of it is here, and is
free again before the first byte of the answer is sent.
"""
