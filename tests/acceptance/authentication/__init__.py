"""Attacks on sender authentication, and the legitimate mail that looks like them."""
