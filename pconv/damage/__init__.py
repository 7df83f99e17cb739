"""Damage of old photos and scans, found by measures of edges, lines and texture."""
