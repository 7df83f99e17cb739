"""Photos, holes and the samples made of them."""
