"""Message + trace -> Authentication: may the author use the From address? Pure: the DNS is handed in, time too.

`gather` asks each mechanism for its findings: `trace` (the border hop and MAIL FROM), `spf`, `dkim`, `dmarc` (which
domains may speak for the author), `authres` (what our own server stamped), `arc`. `authenticate` weighs them, and
`remedy` says in words what was missing. Of the body the digests that `body_hashes` made are enough. Nothing is
believed of a message that two readers could read in two ways.
"""
