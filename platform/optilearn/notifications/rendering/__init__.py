"""Render messages from Liquid templates, the product's and an institution's own.

``renderer.Renderer`` is the entry point: it turns a key, a channel, a payload and a reader into
a ``RenderedMessage``.
"""
