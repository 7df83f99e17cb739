"""The document: picture, mask, fills and their history. Pure code: no Qt, no network."""
