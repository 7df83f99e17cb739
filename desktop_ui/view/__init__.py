"""Showing a document: pure rendering (`viewport`, `pyramid`, `scene`, `render`), what is painted over the picture
(`proposal`, `glimpse`), and one widget (`canvas`) whose mouse, pen and keys `input` reads."""
