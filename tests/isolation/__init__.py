"""Several organizations in one mailbox, attacked: nothing of one may be seen, matched or named in another."""
