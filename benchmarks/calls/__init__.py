"""How many calls the front makes to admit a fill and to answer it."""
