"""Photos and masks on disk, read and written without losing what a fill does not touch."""
