"""A mailbox, worked off by lives of the worker that end as they are told to."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tests.crash.faults import NOTHING, Fault, Kind
from tests.crash.judge import LISTINGS, differences, listed
from tests.crash.letters import KILLED, USUAL, letters
from tests.crash.life import DONE, LATER, Spec
from tests.crash.place import Installation, Site
from tests.crash.seams import Moment

_RESTARTS = 6
_AHEAD = 12
"""Minutes until what was deferred, or a notice that could not be sent, is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens: a fault in each of the first lives. `late`: they begin when what was deferred is due.

    `only` these letters. `reconciled`: `reconcile` is asked too at the end, which takes its time. `readers`: it is they
    who read the mail.
    """

    faults: tuple[Fault, ...] = ()
    late: bool = False
    mutant: str = ""
    only: Collection[str] = ()
    reconciled: bool = True
    readers: bool = False

    def __str__(self) -> str:
        how = (" (late)" if self.late else "") + (" (readers)" if self.readers else "")
        return ", then ".join(map(str, self.faults)) + how


@dataclass(kw_only=True)
class Ended:
    """What became of it. `names` are the points passed, by life."""

    story: Story
    wrong: list[str] = field(default_factory=list)
    names: list[list[str]] = field(default_factory=list)
    log: str = ""

    @property
    def spoilt(self) -> list[str]:
        """What is worse than a flag that is set."""
        return [one for one in self.wrong if not one.startswith("seen")]


def play(site: Site, story: Story) -> Ended:
    """One history, from an untouched mailbox to the end."""
    ended = Ended(story=story)
    with site.installation() as place:
        mail = [one for key, one in letters(place.names).items() if key in (story.only or USUAL)]
        for one in mail:
            place.user.deliver(one.source(), one.written)
        if story.late:
            _live(ended, place, NOTHING, story)
            place.mend_dns()
        for fault in story.faults:
            _live(ended, place, fault, story, minutes=_AHEAD if story.late else 0)
        place.mend_dns()
        _finish(ended, place, story)
        listings = LISTINGS if story.reconciled else LISTINGS[:2]
        site.zygote.live(Spec(folder=str(place.folder), listings=listings, mutant=story.mutant))
        told = json.loads((place.folder / "report.json").read_text())
        repeated = sum(map(_may_repeat, ended.names[story.late :], story.faults))
        ended.wrong += differences(mail, listed(told), place, repeated=repeated)
        ended.log = (place.folder / "log").read_text(errors="replace")
    return ended


def _live(ended: Ended, place: Installation, fault: Fault, story: Story, minutes: int = 0) -> int:
    once = fault.kind in {Kind.NONE, Kind.KILL}
    spec = Spec(
        folder=str(place.folder),
        fault=fault,
        minutes=minutes,
        once=once,
        mutant=story.mutant,
        readers=story.readers,
    )
    status = place.site.zygote.live(spec)
    if status not in {DONE, LATER, KILLED}:
        ended.wrong.append(f"a life ended with {status}, at {fault}")
    report = place.folder / "report.json"
    ended.names.append(json.loads(report.read_text()) if report.exists() else [])
    report.unlink(missing_ok=True)
    return status


def _finish(ended: Ended, place: Installation, story: Story) -> None:
    for _ in range(_RESTARTS):
        if _live(ended, place, NOTHING, story, minutes=_AHEAD) == DONE:
            return
    ended.wrong.append("it does not come to an end")


def _may_repeat(names: Sequence[str], fault: Fault) -> bool:
    """Whether the dialogue was interrupted where nobody knows whether the notice arrived."""
    if fault.kind is Kind.NETWORK:
        return fault.point.startswith("smtp . ") and fault.moment is not Moment.BEFORE
    dots = [at for at, name in enumerate(names) if name.startswith("smtp . ")]
    if not dots:
        return False
    return not any(name.startswith("(sql COMMIT") for name in names[dots[-1] :])
