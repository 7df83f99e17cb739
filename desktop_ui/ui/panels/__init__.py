"""The panels at the window's side; each shows and changes one thing."""
