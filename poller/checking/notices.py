"""Whether notices can be handed over."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Checked, Finding, bad, doubtful, good
from poller.checking.port import waits_for_tls
from poller.checking.returning import returning
from poller.checking.unreached import not_reached, tls_first
from poller.errors import ConfigurationError, Transient
from poller.settings import NoticeSettings, RejectAction, SmtpSettings
from poller.submission.blame import wants_login
from poller.submission.inspecting import Inspection, inspect
from poller.wording import many

_LARGEST = 100_000
"""Octets: more than a notice, which has no more of the original than its header, or a digest ever has."""


def check_notices(checked: Checked) -> Iterator[Finding]:
    notices = checked.settings.notices
    if not notices.smtp.host:
        yield _without(notices)
        return
    yield from returning(checked.settings)
    if notices.smtp.oauth and checked.no_token:
        yield not_reached(checked, notices.smtp, checked.no_token)
        return
    if waits_for_tls(notices.smtp):
        yield tls_first(notices.smtp)
        return
    try:
        found = inspect(notices)
    except (ConfigurationError, Transient) as error:
        yield not_reached(checked, notices.smtp, error)
        return
    yield _reached(found, notices.smtp)
    yield _sender(found, notices)


def _without(notices: NoticeSettings) -> Finding:
    if notices.reject_action is RejectAction.FLAG and not notices.admin_address:
        return good("notices", "none are sent: REJECT_ACTION=flag, and there is no SMTP_HOST")
    return doubtful("notices", "none are sent", "SMTP_HOST=… to tell senders why, or REJECT_ACTION=flag")


def _reached(found: Inspection, smtp: SmtpSettings) -> Finding:
    who = f"{smtp.username} may log in to" if smtp.username else "notices are handed to"
    size = f"up to {many(found.size, 'octet')}" if found.size else "of any size"
    bits = "8BITMIME" if found.takes_8bit else "no 8BITMIME"
    told = f"{who} {found.where} ({smtp.security}); it takes messages {size}, {bits}"
    if found.size and found.size < _LARGEST:
        return doubtful("notices", told, f"have the server take {_LARGEST:,} octets")
    return good("notices", told)


def _sender(found: Inspection, notices: NoticeSettings) -> Finding:
    """What the server says to the envelope sender of notices, as far as it can be told without sending one."""
    if found.reply.is_positive:
        return good("notices", f"the server takes the null sender that notices have; their author is {notices.author}")
    if wants_login(found.reply):
        return bad("notices", f"the server wants a login: {found.reply}", "SMTP_USERNAME=… and SMTP_PASSWORD=…")
    if found.fallback and found.fallback.is_positive:
        return good("notices", f"the server refuses the null sender, and takes {notices.envelope_from} instead")
    if not found.reply.is_final:
        return doubtful("notices", f"the server takes no notice now: {found.reply}", "nothing: it is tried again")
    if found.fallback:
        return bad(
            "notices",
            f"the server refuses {notices.envelope_from}: {found.fallback}",
            "NOTICE_ENVELOPE_FROM=… with an address that this login may send from",
        )
    own = notices.smtp.username if "@" in notices.smtp.username else notices.author
    return bad("notices", f"the server refuses the null sender: {found.reply}", f"NOTICE_ENVELOPE_FROM={own}")
