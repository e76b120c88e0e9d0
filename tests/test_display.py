"""Tables and cards, as wide as the terminal or as wide as they need to be."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from rich.cells import cell_len

from poller.display import ACTIVITIES, MESSAGES, progress_bar, show_activity, show_card, show_table

HOSTILE = "\x1b[31mred\x1b]0;owned\x07 \u202egnp\u2066 a\r\nb\x9b1m \u2028"
COMMANDS = set("\x1b\x07\x9b\r\u202e\u2066\u2028")


class Screen:
    """What was printed so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def getvalue(self) -> str:
        self._text += self._capsys.readouterr().out
        return self._text


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Screen:
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Screen(capsys)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, pipe: Screen) -> Screen:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")  # bold and dim are left; that there are colours on a terminal is test_cli's
    return pipe


def message(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "outcome": "rejected",
        "reason": "recipient-invalid",
        "notice": "suppressed:Q5",
        "author": "anna@acme.fi",
        "subject": "About the harbour",
        "activity": None,
        "detail": "9999.mycompany@in.example.com: there is no project 9999",
    } | changes


def activity(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "organization": "mycompany",
        "date": "2025-03-03T10:00:00Z",
        "date_source": "date",
        "type": "E-mail",
        "status": "Done",
        "subject": "About the harbour",
        "owner": {"name": "Anna Aalto", "address": "anna@acme.fi"},
        "customer": "Harbour Oy",
        "projects": ["1001", "1002"],
        "inherited_from": {"activity": 3, "message_id": "first@acme.fi"},
        "gate": "author",
        "message_id": "a@b",
        "source_sha256": "ab" * 32,
        "authentication": {"evidence": "none"},
        "unverified": True,
        "warnings": ["The project's customer is another."],
        "left_out": [{"name": "film.mov", "size": 99}],
        "candidates": [{"name": "Bob", "address": "bob@globex.com", "customer": "Globex"}],
        "participants": [{"kind": "external", "role": "to", "name": "", "address": "x@y.fi"}],
        "files": [{"name": "offer.pdf", "size": 12, "content_type": "application/pdf", "sha256": "cd" * 32}],
        "text": "Hello,\n\tit works.\n> old",
        "quoted_from": 18,
        "signature_from": None,
        "forwarded": [],
        "calendar": [],
        "changes": [],
    } | changes


def project(**changes: Any) -> dict[str, Any]:
    return {"number": "1001", "name": "Harbour", "kind": "project", "state": "open", "customer": None} | changes


def plain(screen: Screen) -> str:
    """Without bold, dim and their ends: the only commands of our own on a terminal without colours."""
    return re.sub(r"\x1b\[[012]m", "", screen.getvalue())


def lines(screen: Screen) -> list[str]:
    return plain(screen).splitlines()


def test_nothing_is_said_to_be_nothing(pipe: Screen) -> None:
    show_table([], MESSAGES)
    assert lines(pipe) == ["none"]


@pytest.mark.parametrize("count", [1, 199, 200, 201])
def test_each_document_is_a_line_below_the_titles_of_its_page(pipe: Screen, count: int) -> None:
    show_table((message(id=number) for number in range(count)), MESSAGES)
    assert len(lines(pipe)) == count + -(-count // 200)
    assert lines(pipe)[0].split() == ["ID", "Outcome", "Reason", "Notice", "Author", "Subject", "Activity", "Detail"]


LONG = [
    message(subject="x" * 10_000, detail="y" * 10_000),
    message(subject="漢字" * 500, author="漢" * 100 + "@example.com"),
    message(subject="😀" * 300, reason="authentication-failed", id=4_294_967_295),
    message(subject="e\u0301" * 300, author=None, reason=None, detail=None, activity=123456),
]


@pytest.mark.parametrize("columns", [40, 80, 81, 200])
def test_on_a_terminal_a_table_is_never_wider_and_a_document_never_more_than_a_line(
    terminal: Screen, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    show_table(LONG, MESSAGES)
    show_table([activity(subject="漢字" * 500, owner={"name": "字" * 90, "address": "a@b"})], ACTIVITIES)
    assert len(lines(terminal)) == 1 + len(LONG) + 2
    assert max(map(cell_len, lines(terminal))) <= columns


def test_on_a_terminal_of_80_columns_outcome_and_reason_are_legible(terminal: Screen) -> None:
    show_table([message()], MESSAGES)
    assert "rejected" in lines(terminal)[1]
    assert "recipient-invalid" in lines(terminal)[1]
    assert "anna" in lines(terminal)[1]
    assert "About" in lines(terminal)[1]


def test_on_a_terminal_of_80_columns_a_sha_256_is_whole(terminal: Screen) -> None:
    show_activity(activity())
    assert f"  {'cd' * 32}" in lines(terminal)


def test_into_a_pipe_nothing_is_cut(pipe: Screen) -> None:
    show_table([message(subject="x" * 3_000, detail="漢" * 2_000)], MESSAGES)
    assert "x" * 3_000 in lines(pipe)[1]
    assert "漢" * 2_000 in lines(pipe)[1]
    assert len(lines(pipe)) == 2


def test_into_a_pipe_columns_are_aligned_and_one_long_cell_widens_no_other_line(pipe: Screen) -> None:
    show_table([message(subject="漢字"), message(subject="x" * 3_000), message(subject="short")], MESSAGES)
    titles, first, long, last = lines(pipe)
    assert cell_len(first.partition("9999")[0]) == last.index("9999") == titles.index("Detail")
    assert len(long) > 3_000
    assert not any(line.endswith(" ") for line in lines(pipe))


def test_into_a_pipe_the_width_may_be_chosen(pipe: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    show_table(LONG, MESSAGES)
    show_activity(activity(subject="x" * 300, text="word " * 100))
    assert max(map(cell_len, lines(pipe))) <= 100


@pytest.mark.parametrize("columns", ["0", ""])
def test_no_columns_is_no_width(pipe: Screen, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    show_table([message()], MESSAGES)
    assert "there is no project 9999" in pipe.getvalue()


def test_a_terminal_without_columns_has_the_usual_ones(terminal: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "0")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    show_table([message()], MESSAGES)
    assert "rejected" in terminal.getvalue()


def test_a_card_shows_the_facts_the_files_and_the_text(pipe: Screen) -> None:
    show_activity(activity())
    text = pipe.getvalue()
    for expected in (
        "About the harbour\n", "date: 2025-03-03 10:00", "owner: Anna Aalto <anna@acme.fi>", "projects: 1001, 1002",
        "inherited from: activity 3, message_id first@acme.fi", "organization: mycompany",
        "author: not verified", "warnings: The project's customer is another.", "left out: name film.mov, size 99",
        "candidates: Bob <bob@globex.com>, Globex", "to (external): x@y.fi", "offer.pdf", "cd" * 32,
        "\nHello,\n it works.\n> old\n",
    ):  # fmt: skip
        assert expected in text


def test_a_card_without_anything_is_short(pipe: Screen) -> None:
    empty = {"customer": None, "projects": [], "files": [], "participants": [], "warnings": [], "left_out": []}
    show_activity(activity(**empty, candidates=[], text="", quoted_from=None, message_id=None))
    assert "None" not in pipe.getvalue()
    assert "[]" not in pipe.getvalue()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_project_shows_how_many_activities_and_files_it_has(pipe: Screen, count: int) -> None:
    files = activity()["files"] * count
    show_card(project(activities=[activity()] * count, files=files), "1001 Harbour", ("kind", "state", "customer"))
    assert lines(pipe)[:3] == ["1001 Harbour", "kind: project", "state: open"]
    assert f"Activities: {count}" in lines(pipe)
    assert f"Files: {count}" in lines(pipe)
    assert pipe.getvalue().count("offer.pdf") == count


def test_a_customer_shows_its_contacts_and_projects_a_line_each(pipe: Screen) -> None:
    contacts = [
        {"name": "Bob", "addresses": ["bob@globex.com", "b@globex.com"], "active": True},
        {"name": "Eve", "addresses": ["eve@globex.com"], "active": False},
    ]
    card = {"key": "g", "contacts": contacts, "projects": [project()], "activities": [], "files": []}
    show_card(card, "Globex", ("key", "contacts", "projects"))
    assert lines(pipe)[:5] == [
        "Globex",
        "key: g",
        "contacts: Bob <bob@globex.com, b@globex.com>",
        "contacts: Eve <eve@globex.com>, inactive",
        "projects: 1001 Harbour (project, open)",
    ]


def test_nothing_of_a_message_can_command_the_terminal(terminal: Screen) -> None:
    person = {"name": HOSTILE, "address": HOSTILE}
    names = [{"name": HOSTILE, "size": 1, "content_type": HOSTILE, "sha256": HOSTILE}]
    evil = activity(
        **dict.fromkeys(("subject", "text", "message_id", "customer", "type", "status", "gate"), HOSTILE),
        organization=HOSTILE,
        inherited_from={"activity": 3, "message_id": HOSTILE},
        owner=person,
        participants=[person | {"kind": HOSTILE, "role": HOSTILE}],
        candidates=[person | {"customer": HOSTILE}],
        warnings=[HOSTILE],
        left_out=[{"name": HOSTILE, "size": HOSTILE}],
        projects=[HOSTILE],
        files=names,
    )
    show_activity(evil)
    show_table([evil], ACTIVITIES)
    show_table([message(**dict.fromkeys(("subject", "author", "reason", "outcome", "detail"), HOSTILE))], MESSAGES)
    contacts = [{"name": HOSTILE, "addresses": [HOSTILE], "active": False}]
    card = {"contacts": contacts, "projects": [project(name=HOSTILE)], "activities": [evil], "files": names}
    show_card(card, HOSTILE, ("contacts", "projects"))
    assert not set(plain(terminal)) & COMMANDS


@pytest.mark.parametrize("markup", ["[red]x[/red]", "[link=file:///]x[/]", "[/]", ":smile:", "[@click=app.quit]x[/]"])
def test_markup_is_text(pipe: Screen, markup: str) -> None:
    show_table([message(subject=markup, detail=markup)], MESSAGES)
    show_activity(activity(subject=markup, text=markup, owner={"name": markup, "address": "a@b"}))
    show_card(project(name=markup, activities=[], files=[]), markup, ("name",))
    assert pipe.getvalue().count(markup) == 7


def test_quoted_history_is_dimmed_from_where_it_starts(terminal: Screen) -> None:
    show_activity(activity(text="new\n> old", quoted_from=4, files=[]))
    assert terminal.getvalue().endswith("\nnew\n\x1b[2m> old\x1b[0m\n")


def test_a_signature_is_dimmed_too(terminal: Screen) -> None:
    show_activity(activity(text="new\n-- \nAnna\n> old", signature_from=4, quoted_from=13, files=[]))
    assert terminal.getvalue().endswith("\nnew\n\x1b[2m-- \x1b[0m\n\x1b[2mAnna\x1b[0m\n\x1b[2m> old\x1b[0m\n")


CARA, ANNA = {"name": "Cara", "address": "cara@globex.com"}, {"name": "Aalto, Anna", "address": None}


@pytest.mark.parametrize(
    ("forwarded", "shown"),
    [
        (
            {"author": CARA, "to": [ANNA], "cc": [CARA], "date": "2026-03-02T10:00:00Z"},
            "Cara <cara@globex.com> to Aalto, Anna, Cara <cara@globex.com>: Offer, 2026-03-02 10:00",
        ),
        ({"author": None, "to": [], "cc": [], "date": None}, "unknown: Offer"),
    ],
)
def test_what_a_message_forwards_is_shown(pipe: Screen, forwarded: dict[str, Any], shown: str) -> None:
    show_activity(activity(forwarded=[{"kind": "inline", "subject": "Offer", "message_id": None, **forwarded}]))
    assert f"forwarded (inline): {shown}" in lines(pipe)


PLANNING = {
    "method": "REQUEST",
    "uid": "1",
    "summary": "Planning",
    "start": "2026-03-02T10:00:00+02:00",
    "end": "2026-03-02T11:00:00+02:00",
    "all_day": False,
    "zone": "Europe/Helsinki",
    "location": "Room 1",
    "organizer": CARA,
    "attendees": [ANNA | {"response": None}, CARA | {"response": "ACCEPTED"}],
    "recurrence": None,
    "occurrence": None,
    "status": "CONFIRMED",
}
NOTHING = dict.fromkeys(PLANNING) | {"summary": "", "attendees": []}


CARA_HERSELF = "Cara <cara@globex.com>"
WHO = f"{CARA_HERSELF} with Aalto, Anna, {CARA_HERSELF} (accepted)"


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (PLANNING, f"(request): Planning, 2026-03-02 10:00 to 11:00 +02:00, Room 1, confirmed; {WHO}"),
        (NOTHING | {"summary": "\x1b[2J"}, "(event): ·[2J"),
        (NOTHING | {"start": "2026-03-02", "recurrence": "FREQ=DAILY"}, "(event): 2026-03-02, FREQ=DAILY"),
        (NOTHING | {"summary": "Fair", "organizer": CARA}, f"(event): Fair; {CARA_HERSELF}"),
    ],
)
def test_what_is_in_the_calendar_of_a_message_is_shown(pipe: Screen, event: dict[str, Any], shown: str) -> None:
    show_activity(activity(calendar=[event]))
    assert f"calendar {shown}" in lines(pipe)


@pytest.mark.parametrize(("is_terminal", "expected"), [(True, True), (False, False)])
def test_a_bar_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_terminal: bool, expected: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: is_terminal)
    with progress_bar("filing") as report:
        report(1, 2)
    assert ("filing" in capsys.readouterr().err) is expected


def test_a_bar_without_standard_error_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with progress_bar("filing") as report:
        report(1, 2)
