"""What the service knows of itself, for whoever asks from outside."""

from __future__ import annotations

import peewee

from models.base import BaseModel, UtcDateTimeField


class Health(BaseModel):
    """The service of the mailbox `name`: it began as process `pid` at `began_at`, and last gave a sign at `beat_at`.

    No process has the number 0: with it the last sign was that the service has ended.
    `polled_at` is the end of its last good poll, `failures` the number of polls since then that came to no end, and
    `trouble` what it would tell an administrator now.
    """

    name = peewee.TextField(unique=True)
    version = peewee.TextField()
    pid = peewee.BigIntegerField()
    began_at = UtcDateTimeField()
    beat_at = UtcDateTimeField()
    polled_at = UtcDateTimeField(null=True)
    failures = peewee.IntegerField(default=0)
    trouble = peewee.TextField(null=True)
