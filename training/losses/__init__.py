"""The terms of the loss, and the feature networks that some of them look through."""
