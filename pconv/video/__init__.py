"""Clips read and written frame by frame, with ffmpeg's libraries."""
