"""The kinds of damage that are found."""

KINDS = ("scratches", "dust")
