"""`python -m benchmarks.calm`: do skies, walls and papers stay calm?"""
