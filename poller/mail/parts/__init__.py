"""What a message is made of: its MIME parts, and the files among them."""
