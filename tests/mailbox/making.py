"""What a scripted server answers to FETCH, and what the tests of this room ask for again and again."""

from __future__ import annotations

from poller.mailbox.describing import LARGE, batches
from poller.mailbox.inbox import Inbox
from tests.servers.scripted import ScriptedServer

MESSAGE = b"From: anna@example.com\nSubject: offer\n\nhello\n"
LIMIT = 100 * LARGE


def literal(text, name="BODY[]"):
    return f"{name} {{{len(text)}}}\n{text}"


def body(uid, text):
    return f"* {uid} FETCH (UID {uid} {literal(text)})"


def fetch(tmp_path, messages, answers):
    """The sources by UID, fetched from a server with these answers; nothing small is left in the spool."""
    with ScriptedServer(answers=answers) as server, Inbox(server.settings()) as inbox:
        found = {message.ref.uid: message.source[:] for message in inbox.fetch(messages, tmp_path, LIMIT)}
    assert not list(tmp_path.iterdir()) or any(message.size > LARGE for message in messages)
    return found


def everything(inbox):
    return inbox.search(1, inbox.uidnext - 1)


def fetched(inbox, spool, max_size=LIMIT):
    messages = inbox.describe(everything(inbox))
    return [one for batch in batches(messages) for one in inbox.fetch(batch, spool, max_size)]


def said_credentials(server):
    return [said for said in server.said if said.startswith(("LOGIN", "AUTHENTICATE"))]
