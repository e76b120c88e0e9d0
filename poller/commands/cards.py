"""The cards of a project and a customer, and the files on them."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poller.command import EX_DATAERR, Command, fail, id_of, opened, organization_id, organization_option
from poller.jsonlines import print_json

if TYPE_CHECKING:
    from poller.settings import Settings

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")


@click.command(cls=Command)
@click.argument("number")
@click.option("--organization", metavar="PREFIX", help="Default the first organization's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def project(settings: Settings, number: str, organization: str | None, *, as_json: bool) -> None:
    """A project's card: what it is, its activities, its files."""
    from poller.display import show_card
    from poller.storage import cards

    with opened(settings) as organizations:
        found = id_of(cards.find_project, organization_id(organizations, organization), number, "project")
        card = cards.project_card(found or 0)
    if as_json:
        print_json([card])
    else:
        show_card(card, f"{card['number']} {card['name']}", ("kind", "state", "customer"))


@click.command(cls=Command)
@click.argument("key")
@click.option("--organization", metavar="PREFIX", help="Default the first organization's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def customer(settings: Settings, key: str, organization: str | None, *, as_json: bool) -> None:
    """A customer's card: who it is, its contacts, projects, activities and files."""
    from poller.display import show_card
    from poller.storage import cards

    with opened(settings) as organizations:
        found = id_of(cards.find_customer, organization_id(organizations, organization), key, "customer")
        card = cards.customer_card(found or 0)
    if as_json:
        print_json([card])
    else:
        show_card(card, card["name"], ("key", "contacts", "projects"))


@click.command(cls=Command)
@click.argument("sha256")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, readable=False),
    required=True,
    help="Where to write it; - is standard output.",
)
@organization_option
@click.pass_obj
def file(settings: Settings, sha256: str, output: Path, organization: str | None) -> None:
    """Writes a stored file: an attachment, or the source of a message."""
    from poller.storage.files import path_in

    stored = path_in(settings.files, sha256.lower())
    if not _SHA256.fullmatch(sha256) or not stored.is_file() or not _is_of(settings, organization, sha256.lower()):
        fail([f"there is no stored file {sha256}; `mailfiler activity ID` names those of an activity"], EX_DATAERR)
    try:
        if output != Path("-"):
            shutil.copyfile(stored, output)
        elif sys.stdout is not None:  # as when it was closed before the program began
            with stored.open("rb") as source:
                shutil.copyfileobj(source, sys.stdout.buffer)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename == str(stored):
            raise
        fail([f"{output}: cannot be written: {error.strerror or error}"], EX_DATAERR)


def _is_of(settings: Settings, organization: str | None, sha256: str) -> bool:
    """Without an organization the database is not even opened."""
    from poller.storage import cards

    if organization is None:
        return True
    with opened(settings) as organizations:
        return cards.has_file(organization_id(organizations, organization), sha256)
