"""Addresses, keys and sockets: how messages travel."""
