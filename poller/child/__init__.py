"""What cannot be bounded is read in a process of its own, with limits: `process` asks it, `serve` is what it runs."""
