"""`python -m benchmarks.lines`: do lines and patterns go on through a hole?"""
