"""Rectangles, contexts of holes, resampling and work done ahead: numpy and OpenCV, no torch."""
