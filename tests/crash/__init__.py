"""The real worker, ended or disturbed at every step of its cycle, and what must be true afterwards.

A *history* is one mailbox worked off by a few *lives* of the worker, each a forked process. `seams` names every step
that reaches out of the process (an IMAP or SMTP command, an SQL statement, a file operation) as a point; `faults` is
what happens there; `letters` is the mail, with what must become of it; `judge` compares.
"""
