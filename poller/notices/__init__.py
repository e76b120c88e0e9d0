"""What a refused sender is told, the rules that forbid it, and the administrator's digest. Pure: others send them."""
