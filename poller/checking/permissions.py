"""What this user may do in the folders (RFC 4314), and who needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from poller.checking.finding import Finding, bad, doubtful, good
from poller.mailbox.inspecting import Inspection, Place
from poller.settings import Settings, Settle

# As Dovecot calls them.
_WORDS = {
    "l": "lookup",
    "r": "read",
    "s": "write-seen",
    "w": "write",
    "t": "write-deleted",
    "e": "expunge",
    "i": "insert",
    "k": "create",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """Rights and what they are for, which completes "without them …"."""

    rights: str
    otherwise: str
    needed: bool


_IN_INBOX = (
    _Need(rights="te", otherwise="mail is filed, and stays where it is", needed=True),
    _Need(rights="w", otherwise="refused mail is not flagged, and gets no keyword", needed=False),
)
_IN_INBOX_THAT_KEEPS_ALL = (_Need(rights="w", otherwise="handled mail gets neither flag nor keyword", needed=False),)
_IN_FOLDER = (
    _Need(rights="i", otherwise="mail of this outcome stays in the inbox", needed=True),
    _Need(rights="lr", otherwise="`reconcile` cannot see what is there", needed=False),
    _Need(rights="te", otherwise="`retry` cannot take mail out of it again", needed=False),
    _Need(rights="w", otherwise="refused mail loses its flag there", needed=False),
)


def check_permissions(found: Inspection, settings: Settings) -> Iterator[Finding]:
    """Each right that is known to be missing, with the way to give it."""
    user = settings.imap.username
    moving = settings.settle is Settle.MOVE
    missing = list(_lacking(found.inbox, _IN_INBOX if moving else _IN_INBOX_THAT_KEEPS_ALL, user))
    for place in found.folders:
        missing += _lacking(place, _IN_FOLDER, user) if place.exists else _not_to_be_made(place, user)
    yield from missing
    unknown = [place.name for place in (found.inbox, *found.folders) if place.rights is None]
    if unknown:
        yield good("folders", f"the server does not say what this user may do in {', '.join(unknown)}")
    elif not missing:
        yield good("folders", f"{user} has every right that is needed in {_listed(found)}")
    to_be_made = [place.name for place in found.folders if not place.exists and not place.lacks("k")]
    if to_be_made:
        yield good("folders", f"not there yet, the first poll makes them: {', '.join(to_be_made)}")


def _listed(found: Inspection) -> str:
    return ", ".join([found.inbox.name, *(place.name for place in found.folders if place.exists)])


def _lacking(place: Place, needs: tuple[_Need, ...], user: str) -> Iterator[Finding]:
    for need in needs:
        if letters := place.lacks(need.rights):
            tell = bad if need.needed else doubtful
            yield tell("folders", f"{user} lacks the {_named(letters)} in {place.name}: {need.otherwise}",
                       _gift(place.name, need.rights, user) + (", or SETTLE=flag" if need.needed else ""))  # fmt: skip


def _not_to_be_made(place: Place, user: str) -> Iterator[Finding]:
    if place.lacks("k"):
        yield bad(
            "folders",
            f"{place.name} is missing, and {user} lacks the right k (create) to make it: its mail stays in the inbox",
            f"make the folder {place.name}, or SETTLE=flag",
        )


def _named(letters: str) -> str:
    return f"right{'s' if len(letters) > 1 else ''} " + " and ".join(f"{one} ({_WORDS[one]})" for one in letters)


def _gift(folder: str, letters: str, user: str) -> str:
    words = " ".join(_WORDS[one] for one in letters)
    in_dovecot = f"doveadm acl add -u {user} {folder} user={user} {words}"
    return f"give them: SETACL {folder} {user} +{letters} (Dovecot: {in_dovecot})"
