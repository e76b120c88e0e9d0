"""The whole circle: a message goes in by SMTP, is filed or refused, and its notice is in its sender's own mailbox."""
