"""Mailfiler files e-mail on the right project."""

__version__ = "0.1.0"
