"""Message + trace -> Authentication: may the author use the From address? Pure.

So far only the trace is read; every message is accepted and marked unverified (AUTH_POLICY=monitor).
"""
