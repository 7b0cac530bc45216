"""What a message says: templates in Liquid, the product's and an institution's own.

``writer.Writer`` is the door: a key, a channel, a payload and a reader give a ``Wording``.
"""
