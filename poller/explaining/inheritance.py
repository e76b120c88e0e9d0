"""What a reply that names no project takes from the activity that it answers, and why it takes no more."""

from __future__ import annotations

from poller.filing.activity import Draft
from poller.filing.inheriting import Inheritance, answered_ids
from poller.storage.documents import Document


def inheritance_document(draft: Draft, found: Inheritance | None, *, is_filed: bool) -> Document:
    """`found` is None where nobody looks; where the message `is_filed` already, it is what was recorded then."""
    answered = found.answered if found else None
    return {
        "activity": answered and answered.activity_id,
        "message_id": answered and answered.message_id,
        "projects": [one.number for one in found.projects] if found else [],
        "why": _why(draft, found, is_filed=is_filed),
    }


def _why(draft: Draft, found: Inheritance | None, *, is_filed: bool) -> str:
    if not draft.bare:
        return "its addresses say where it belongs"
    if found is None:
        return "it names no project, and INHERIT_PROJECT=false"
    if found.answered and found.projects:
        return f"it names no project, and answers activity {found.answered.activity_id}"
    if is_filed:
        return "nothing was inherited when it was filed"
    if found.answered:
        which = "no project that takes mail" if found.answered.projects else "no project"
        return f"activity {found.answered.activity_id}, which it answers, is on {which}"
    if found.warnings:
        return "it is in doubt which activity it answers"
    if not answered_ids(draft.message):
        return "it answers nothing: neither In-Reply-To nor References names another message"
    return "no activity has the Message-ID of anything that it answers"
