"""How the probe left and whether it came -> lines for the administrator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poller.checking.finding import Finding, bad, doubtful, good
from poller.probing.arrival import Arrived
from poller.probing.asked import Asked
from poller.probing.letter import Probe
from poller.probing.reading import Reading
from poller.settings import Settle, UnknownProject
from poller.submission.posting import Posted
from poller.wording import many

_SENDER = "--probe-from ADDRESS that this server lets you send from"
_RECIPIENT = "people who write by that server are refused, too: the catch-all has to take every local part"
_CONTENT = "no recipient was at fault, but what the message says or who sends it: look for why in that server's log"
_LATER = (
    "a server that puts strangers off (greylisting) does so with everybody's first mail: probe again in some minutes"
)


def tell_posted(posted: Posted, asked: Asked) -> Iterator[Finding]:
    smtp = asked.settings.notices.smtp
    server = f"{smtp.host}:{smtp.port}"
    if posted.accepted:
        whom = " and ".join(posted.accepted)
        yield good(
            "probe", f"{server} took it, from {asked.sender} to {whom}, by BCC; waiting {asked.seconds:g} s at most"
        )
    for one in posted.refused:
        remedy = _of_stage(one.stage) if one.reply.is_final or one.stage == "MAIL" else _LATER
        whom = f"the sender {asked.sender}" if one.stage == "MAIL" else one.recipient
        yield bad("probe", f"{server} refused {whom}: {one.reply}, after {one.stage}", remedy)


def _of_stage(stage: str) -> str:
    return {"MAIL": _SENDER, "RCPT": _RECIPIENT}.get(stage, _CONTENT)


def instruction(probe: Probe, asked: Asked) -> Finding:
    settings = asked.settings
    why = "" if settings.notices.smtp.host else "SMTP_HOST is not set, so that nothing can be sent from here: "
    unknown = "filed as mail without a project" if settings.unknown_project is UnknownProject.STORE else "refused"
    return doubtful(
        "probe",
        f"{why}send a message to somebody else from your own mail program, with {probe.nonce} in its subject, and in "
        f"BCC: {probe.dot}, {probe.plus}; waiting {asked.seconds:g} s at most",
        f"a running service takes it for mail on an unknown project: {unknown}, and you may be told so",
    )


def tell_nothing(
    probe: Probe,
    accepted: Sequence[str],
    arrived: Arrived,
    elsewhere: Sequence[str],
    mail_servers: Sequence[str],
    asked: Asked,
) -> Iterator[Finding]:
    """Why nothing came, as far as anything tells of it."""
    for bounce in arrived.bounces:
        words = bounce.words or "without a word why"
        yield bad("arrival", f"{bounce.recipient} was refused on the way: {words}", _RECIPIENT)
    imap = asked.settings.imap
    if elsewhere:
        folders = ", ".join(elsewhere)
        remedy = "let mail to the filing addresses pass the spam filter, or set IMAP_FOLDER"
        yield bad("arrival", f"it lies in {folders}; mailfiler reads {imap.folder} of {imap.username}", remedy)
    elif not arrived.bounces:
        yield bad(
            "arrival",
            f"nothing came to {imap.folder} of {imap.username} within {asked.seconds:g} s",
            f"look for {accepted[0]} in the logs: {_path(probe, mail_servers, asked)}",
        )


def tell_arrival(readings: Sequence[Reading], accepted: Sequence[str]) -> Finding:
    slowest = max(one.copy.seconds for one in readings)
    folders = ", ".join(dict.fromkeys(one.copy.folder for one in readings))
    copies = many(len(readings), "copy", "copies")
    if len(accepted) > 1 and len(readings) >= len(accepted):
        copies += ", one for each recipient,"
    elif max(len(one.carried) for one in readings) > 1:
        copies += " for both recipients"
    return good("arrival", f"{copies} came to {folders} after {slowest:.1f} s")


def tell_remains(readings: Sequence[Reading], asked: Asked) -> Finding:
    """Nothing is removed here: a worker may have it in hand, and every message it has seen must be found again."""
    ignored = asked.settings.folders.ignored
    if not asked.sender:
        return good("mailbox", "nothing was changed: your message is left to the service, like any other")
    if asked.settings.settle is Settle.FLAG:
        return good("mailbox", "nothing was changed: the probe stays where it is, and the service ignores it")
    if all(one.copy.folder == ignored for one in readings):
        return good("mailbox", f"the service has moved the probe to {ignored} already; you may delete it there")
    return good("mailbox", f"nothing was changed: the service moves the probe to {ignored} when it polls")


def _path(probe: Probe, mail_servers: Sequence[str], asked: Asked) -> str:
    smtp = asked.settings.notices.smtp
    by = f"{smtp.host} sends it, " if asked.sender else ""
    servers = ", ".join(mail_servers)
    to = f"mail for {probe.address.domain} goes to {servers}" if servers else f"{probe.address.domain} has no MX record"
    return f"{by}{to}, {asked.settings.imap.host} delivers it"
