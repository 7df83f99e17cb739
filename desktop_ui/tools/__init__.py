"""What edits a mask: brush, shapes, wand, morphology. Pure code over `document`: no Qt."""
