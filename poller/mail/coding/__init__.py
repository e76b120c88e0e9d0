"""Octets and characters: transfer encodings, charsets, and messages that are mapped rather than held."""
