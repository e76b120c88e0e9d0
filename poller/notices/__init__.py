"""Notices of failed delivery: so far whether one may be sent at all. Composing and sending are not there yet."""
