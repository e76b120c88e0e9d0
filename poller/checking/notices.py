"""Whether notices can be handed over."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Checked, Finding
from poller.submission import Transport


def check_notices(checked: Checked) -> Iterator[Finding]:
    smtp = checked.settings.notices.smtp
    if not smtp.host:
        yield Finding(ok=True, subject="notices", sentence="none are sent", remedy="SMTP_HOST=… to tell senders why")
        return
    transport = Transport(checked.settings.notices)
    try:
        transport.make_ready()
    finally:
        transport.close()
    who = f"{smtp.username} may log in to" if smtp.username else "notices are handed to"
    yield Finding(ok=True, subject="notices", sentence=f"{who} {smtp.host}:{smtp.port}")
