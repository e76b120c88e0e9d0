"""The acceptance suite: the rules (`rules.py`), asked of the program from outside.

A case (`case.py`) is one message as it lies in the mailbox and what must have become of it. The tables in `cases/`
hold them by rule; `variants.py` says which tables are judged under which settings. To add a case, add an entry.
Every variant is one mailbox in a real Dovecot, one directory from CSV files and one `mailfiler once`; then
`mailfiler messages --json`, `mailfiler activities --json` and the mailbox itself are compared with the entries.
Nothing here imports the program.
"""
