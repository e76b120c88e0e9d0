"""The card of a project or a customer: who and what it is, its activities, its files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import peewee

from models.activity import Activity, ActivityProject, Attachment, StoredFile
from models.inbound import Delivery
from models.people import Contact, ContactAddress, Customer, User, UserAddress
from models.project import Project
from poller.mail.fields.address import key_of
from poller.mail.fields.words import one_line
from poller.storage.directory import find_projects
from poller.storage.documents import Document, file_document
from poller.storage.listing import ActivityFilter, list_activities

# Of an activity on a card its own page shows the rest.
_ON_ITS_OWN_PAGE = {"text", "html", "quoted_from", "signature_from"}


def find_user(organization: int, named: str) -> int | None:
    """By an address, else by the key."""
    row = UserAddress.get_or_none(organization=organization, address_key=key_of(named) or "")
    if row:
        return int(row.user_id)
    found = User.get_or_none(organization=organization, key=one_line(named))
    return found.id if found else None


def find_customer(organization: int, key: str) -> int | None:
    row = Customer.get_or_none(organization=organization, key=key)
    return row.id if row else None


def find_project(organization: int, number: str) -> int | None:
    """As mail finds it: the same string, else the same integer."""
    meant = find_projects(organization, {number}).get(number, ())
    return meant[0].id if len(meant) == 1 else None


def has_file(organization: int, sha256: str) -> bool:
    """Whether an activity of the organization's has the file, or a message of its own is it."""
    attached = (
        Attachment.select().join(Activity).where(Attachment.file == sha256, Activity.organization == organization)
    )
    source = Delivery.select().where(Delivery.source_sha256 == sha256, Delivery.organization == organization)
    return bool(attached.exists() or source.exists())


def project_card(project_id: int) -> Document:
    found = Project.select(Project, Customer).join(Customer, peewee.JOIN.LEFT_OUTER)
    project = found.where(Project.id == project_id).get()
    in_project = ActivityProject.select(ActivityProject.activity).where(ActivityProject.project == project_id)
    return {
        **_project(project),
        "customer": project.customer.name if project.customer else None,
        "activities": list(list_activities(ActivityFilter(project=project_id), without=_ON_ITS_OWN_PAGE)),
        "files": list(_files(in_project)),
    }


def customer_card(customer_id: int) -> Document:
    customer = Customer.get_by_id(customer_id)
    of_customer = Activity.select(Activity.id).where(Activity.customer == customer_id)
    projects = Project.select().where(Project.customer == customer_id).order_by(Project.number_key)
    return {
        "key": customer.key,
        "name": customer.name,
        "contacts": list(_contacts(customer_id)),
        "projects": [_project(project) for project in projects],
        "activities": list(list_activities(ActivityFilter(customer=customer_id), without=_ON_ITS_OWN_PAGE)),
        "files": list(_files(of_customer)),
    }


def _project(project: Project) -> Document:
    return {"number": project.number, "name": project.name, "kind": project.kind, "state": project.state}


def _contacts(customer_id: int) -> Iterator[Document]:
    contacts = Contact.select().where(Contact.customer == customer_id).order_by(Contact.key)
    for contact in contacts.prefetch(ContactAddress):
        addresses = [row.address for row in sorted(contact.contactaddress_set, key=lambda row: row.position)]
        yield {"name": contact.name, "addresses": addresses, "active": contact.active}


def _files(activities: Any) -> Iterator[Document]:  # noqa: ANN401 - a subquery of activity ids
    """Once per content, under its first name, without the images that belong to a text."""
    rows = Attachment.select(Attachment, StoredFile).join(StoredFile)
    rows = rows.where(Attachment.activity << activities, ~Attachment.inline).order_by(Attachment.id)
    seen: set[str] = set()
    for row in rows:
        if row.file_id not in seen:
            seen.add(row.file_id)
            yield {**file_document(row), "activity": row.activity_id}
