"""Octets that nobody thought of, at every place where a stranger's octets are read, and what must hold of each.

`targets` is the table, `mutating` damages messages, `__main__` lets coverage guide that (scripts/fuzz). What it finds
is kept in `finds`, which the tests run with the seeds; nothing else here needs the fuzzer.
"""
