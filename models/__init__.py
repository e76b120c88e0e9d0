"""The tables, one module a subject. Only `poller.storage` imports them; they import nothing but peewee."""
