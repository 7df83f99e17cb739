"""Detail drawn by the photo's own patches, guided by what the network filled."""
