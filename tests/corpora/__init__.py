"""Other people's messages, wherever they lie: what the reader makes of them, beside what Python's own reader does."""
