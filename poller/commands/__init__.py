"""The commands, one module a subject: with `cli` the only place that prints to a person.

The rooms are imported by the command that needs them: `mailfiler --help` answers at once.
"""
