"""`retry` as a person runs it: beside the service, and killed in the midst of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.case import INVALID, Case
from tests.acceptance.mailboxes import contents, put
from tests.acceptance.program import started
from tests.workplace import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.program import Program
    from tests.acceptance.ready import Ready

PROJECT = "number,name,kind,customer,state\n9999,Mill,project,,open\n"
NUMBER = 40


def refused(ready: Callable[..., Ready], number: int, settings: dict[str, str]) -> Ready:
    """That many messages to a project that was imported since."""
    here = ready(settings)
    put(here.account, [Case(f"refused {one}", INVALID, to="9999.mycompany") for one in range(number)])
    here.program.do("once")
    (here.program.folder / "more.csv").write_text(PROJECT)
    here.program.do("import", "projects", here.program.folder / "more.csv")
    return here


def filed(program: Program) -> int:
    return len(program.do("messages", "--outcome", "filed", "--json").rows)


def folders(here: Ready) -> set[str]:
    return {one.folder for one in contents(here.account)}


def test_a_running_service_judges_it_at_its_next_poll(ready: Callable[..., Ready]) -> None:
    here = refused(ready, 1, {"POLL_INTERVAL": "1s"})
    with started(here.program, "run"):
        eventually(lambda: "watching INBOX" in (here.program.folder / "started.log").read_text())
        ended = here.program.do("retry", "1")
        assert ended.err.splitlines()[-1] == "a worker is running: it does so at its next poll, within 1 s"
        eventually(lambda: filed(here.program) == 1)
        eventually(lambda: folders(here) == {"Filed"})


def test_a_retry_that_is_killed_is_finished_by_the_next_poll(ready: Callable[..., Ready]) -> None:
    here = refused(ready, NUMBER, {"BATCH_SIZE": "1"})
    ids = [str(one) for one in range(1, NUMBER + 1)]
    with started(here.program, "retry", *ids) as process:
        eventually(lambda: filed(here.program) > 0)
        process.kill()
    assert filed(here.program) <= NUMBER
    here.program.do("once")
    assert (filed(here.program), len(here.program.do("activities", "--json").rows)) == (NUMBER, NUMBER)
    assert folders(here) == {"Filed"}
    here.program.do("reconcile")
