"""Servers that tests start for themselves, on loopback, and end by pid."""
