"""How well `pconv fill --find` finds damage that is drawn on photos."""
