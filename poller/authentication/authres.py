"""The Authentication-Results of our own server -> what it found (RFC 8601), where nobody else can have written it.

Needed for mailboxes whose server re-encodes messages, so that their signatures cannot be checked again.

Which fields are our server's. Everybody writes such fields, with any id. What tells ours is the place: a server puts
its own on top of what it was given, and the administrator has said that it always does. So, from the top:

- Nothing counts below the first Received under the border line: that was there before our server had the message.
- Above the border line only our servers write, each as many fields as it likes (Fastmail four, one id; Microsoft one
  without an id, which counts only here and only as the topmost of all).
- Between the border line and the next Received stand our server's fields (Gmail's one, iCloud's four, a Postfix
  milter's) and directly below them, without a mark between, the sender's. RFC 8601 (5) bids the server take out those
  with its own id, but not all do. Hence here only the topmost field counts, which is ours because ours is always there.
  iCloud's four have an id each, which its servers alone know to be complete: of them the topmost of each id counts, and
  no mechanism may be reported by two. A run that began above the border line ends at it.

The fields that count are the first of them with a trusted id and those that follow it without a foreign one between.
Other fields between them mean nothing: servers mix in Received-SPF, ARC sets and X-… of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile, takewhile

from poller.authentication.claims import MAX_SHOWN, MECHANISMS, claims_of, unknown
from poller.authentication.findings import ResultsFinding
from poller.authentication.results import authserv_id_of, parse_results
from poller.authentication.trace import Trace, is_named
from poller.mail.message import Header
from poller.settings.model import WITHOUT_ID, AuthSettings, Provider

MAX_OCTETS = 32_000
"""Octets of the fields that count, together; a Fastmail set has 2,000."""


def trusted_results(header: Header, trace: Trace, auth: AuthSettings) -> ResultsFinding:
    """A header and where our border lies in it -> what our server says of the message, or why nothing is believed."""
    border = trace.border_position
    if border is None:
        return unknown("no Authentication-Results are believed, because the border server's Received is not found")
    above = _fields(header, range(border))
    below = _fields(header, _between_border_and_next_received(header, border))
    if WITHOUT_ID in auth.authserv_ids and above and authserv_id_of(above[0]) is None:
        return _judged(above[:1], "Microsoft's Authentication-Results")
    ids = [name for name in auth.authserv_ids if name != WITHOUT_ID]
    if run := _run(above, ids):
        return _judged(run, _called(run))
    if run := _run(below, ids):
        several = auth.provider is Provider.ICLOUD
        return _judged(_of_different_ids(run) if several else run[:1], _called(run), one_field_each=True)
    return unknown(f"no Authentication-Results of {', '.join(auth.authserv_ids)} stand where our server writes them")


def _fields(header: Header, positions: range) -> list[bytes]:
    found = (header.fields[position] for position in positions)
    return [field.value for field in found if field.name == "authentication-results"]


def _between_border_and_next_received(header: Header, border: int) -> range:
    end = len(header.fields)
    below = range(border + 1, end)
    return range(border + 1, next((at for at in below if header.fields[at].name == "received"), end))


def _run(fields: Sequence[bytes], trusted: Sequence[str]) -> list[bytes]:
    """The first with a trusted id and what follows it as long as the ids are trusted."""

    def is_foreign(value: bytes) -> bool:
        return not is_named(authserv_id_of(value) or "", trusted)

    return list(takewhile(lambda value: not is_foreign(value), dropwhile(is_foreign, fields)))


def _called(run: Sequence[bytes]) -> str:
    return f"the Authentication-Results of {(authserv_id_of(run[0]) or '')[:MAX_SHOWN]}"


def _of_different_ids(run: Sequence[bytes]) -> list[bytes]:
    """The topmost field of each id."""
    return list({authserv_id_of(value): value for value in reversed(run)}.values())[::-1]


def _judged(run: Sequence[bytes], who: str, *, one_field_each: bool = False) -> ResultsFinding:
    """`one_field_each`: no two fields may report the same mechanism."""
    if sum(map(len, run)) > MAX_OCTETS:
        return unknown(f"{who} are too long to be read")
    fields = [field for value in run if (field := parse_results(value))]
    if len(fields) < len(run):
        return unknown(f"{who} cannot be read")
    reported = [mechanism for field in fields for mechanism in {result.method for result in field.results}]
    if one_field_each and any(reported.count(mechanism) > 1 for mechanism in MECHANISMS):
        return unknown(f"{who} cannot be believed: two fields below the border server's Received say the same thing")
    return claims_of(fields, who)
