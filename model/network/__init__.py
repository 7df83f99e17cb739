"""The partial-convolution UNet, its weights files, and conversion of published checkpoints."""
