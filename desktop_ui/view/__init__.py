"""Showing a document: pure rendering (`viewport`, `pyramid`, `render`) and one thin widget (`canvas`)."""
