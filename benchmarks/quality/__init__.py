"""`python -m benchmarks.quality`: how good fills are, in numbers and side by side."""
