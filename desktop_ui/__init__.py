"""pconv-editor: open a photo, brush over what should go, fill, compare, save.

Arrows point down only: ui → view, jobs → tools → document. No torch and no sockets of its own:
fills go through `daemon.client`.
"""
