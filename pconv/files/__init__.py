"""Picture files filled, one or a folder of them."""
