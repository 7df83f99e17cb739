"""The training loop, its checkpoints, its logs, its processes."""
