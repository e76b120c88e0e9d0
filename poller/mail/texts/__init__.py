"""What people read: the text of a message, its history and signature, and what it forwards."""
