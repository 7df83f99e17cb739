"""The partial-convolution UNet and everything that runs it."""
