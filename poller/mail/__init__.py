"""Octets -> Message. Pure: never raises, records defects; no I/O, clock or settings."""
