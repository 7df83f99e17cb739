"""Objects by a click: marks on a thing → its mask. Pure arrays: no Qt, no window."""
