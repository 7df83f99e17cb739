"""The paper's table for weights and baselines."""
