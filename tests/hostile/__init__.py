"""Messages that somebody sends to break a reader: of every kind that broke one, at full size, and what they cost."""
