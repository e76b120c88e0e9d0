"""An activity as it is stored, of those who are given."""

from __future__ import annotations

from poller.filing.participants import Kind, Participant
from poller.filing.rematch import Standing
from poller.mail.fields.address import key_of
from poller.mail.message import Role
from tests.filing.making import ANNA


def external(address: str, **fields: object) -> Participant:
    values = {"kind": Kind.EXTERNAL, "role": Role.TO, "name": "", "address": address, "key": key_of(address)}
    return Participant(**values | fields)


def standing(*participants: Participant, **fields: object) -> Standing:
    values = {"owner_id": ANNA.id, "customer": None, "candidates": (), "projects": (), "warnings": ()}
    return Standing(participants=participants, **values | fields)
