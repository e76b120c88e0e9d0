"""Message -> Decision: which address, which people, which rules hit, what becomes of the message. Pure."""
