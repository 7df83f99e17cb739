"""The process that clients talk to: admits requests, gives them to workers, answers."""
