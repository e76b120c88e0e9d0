"""IMAP: connect, find what is new, fetch it by UID, settle it, wait for more. Nothing else in the program speaks IMAP.

`inbox` is what a poll uses, `idle` is what wakes it. Standards: RFC 3501 and 9051 (IMAP4rev1 and rev2), 2177 (IDLE),
2342 (NAMESPACE), 4315 (UIDPLUS), 5530 (response codes), 6851 (MOVE).
"""
