"""`python -m benchmarks.pairs`: two fills side by side, blinded, and the count of the votes."""
