"""Broken configurations, each named by the whole program with the line to set; and a right one, with nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import NamedTuple

import pytest

from tests.checking.conftest import RECEIVED, Company
from tests.servers.certificates import certificate
from tests.servers.dovecot import Kind, give
from tests.servers.scripted import ScriptedServer


def test_a_right_configuration_is_all_well(company):
    ended = company.check()
    assert [line for line in ended.out.splitlines() if not line.startswith("✓ ")] == []
    assert (ended.status, ended.err) == (0, "")
    subjects = {line.split()[1].rstrip(":") for line in ended.out.splitlines()}
    assert subjects == {
        *("settings", "database", "files", "mailbox", "folders", "recipients", "trust"),
        *("DNS", "domains", "notices", "clock", "service"),
    }


class Broken(NamedTuple):
    """`name` is what is wrong, `line` how the line starts that names it, `remedy` the whole line below it."""

    name: str
    breaks: Callable[[Company], object]
    line: str
    remedy: str
    status: int = 1


def keys(**settings: str) -> Callable[[Company], None]:
    return lambda company: company.keys.update(settings)


def answers(**replies: str) -> Callable[[Company], None]:
    def set_them(company: Company) -> None:
        company.smtp.answers = replies
        company.smtp._asked = {key: count() for key in replies}

    return set_them


def read_only_inbox(company: Company) -> None:
    company.place.user.allow("lr")


def without_insert(company: Company) -> None:
    company.place.user.deliver(b"Subject: x\r\n\r\n", folder=".Filed")
    acl = company.place.user.maildir / ".Filed" / "dovecot-acl"
    acl.write_text("owner lrwstek\n")
    give(acl)


def wrong_prefix_of_another(company: Company) -> None:
    """The first organization's mail is as it should be."""
    folder = company.place.folder / "organizations"
    folder.mkdir()
    (folder / "globex.env").write_text(
        "FILING_ADDRESS=globx@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\n"
    )
    theirs = "7.globex@in.example.com"
    company.deliver(2, to=theirs, top=RECEIVED.replace("1001.mycompany@in.example.com", theirs))


def read_only_file(company: Company) -> None:
    (company.place.folder / "mailfiler.db").chmod(0o444)


def read_only_folder(company: Company) -> None:
    folder = company.place.folder / "data"
    folder.mkdir()
    (company.place.folder / "mailfiler.db").rename(folder / "mailfiler.db")
    folder.chmod(0o555)
    company.keys["DATABASE_URL"] = "sqlite:///data/mailfiler.db"


BROKEN = [
    Broken(
        "wrong password",
        keys(IMAP_PASSWORD="wrong"),
        "✗ mailbox: localhost:{imap} refused the user {user}: ",
        "IMAP_USERNAME={user} and IMAP_PASSWORD=… as the server knows them",
    ),
    Broken(
        "wrong port",
        keys(IMAP_PORT="1"),
        "✗ mailbox: Nothing listens at localhost:1: ",
        "IMAP_PORT=…, usually 993 with IMAP_SECURITY=tls, 143 with IMAP_SECURITY=starttls",
    ),
    Broken(
        "the port of TLS without TLS",
        lambda company: company.keys.update(IMAP_PORT=str(company.place.dovecot.tls_port), IMAP_SECURITY="starttls"),
        "✗ mailbox: localhost:{tls} waits for TLS, with which IMAP_SECURITY=starttls does not begin",
        "IMAP_SECURITY=tls",
    ),
    Broken(
        "TLS at the port without",
        keys(IMAP_SECURITY="tls"),
        "✗ mailbox: localhost:{imap}: TLS could not be set up",
        "IMAP_SECURITY=starttls",
    ),
    Broken(
        "unknown authority",
        lambda company: company.keys.update(IMAP_PORT=str(company.place.dovecot.tls_port), IMAP_SECURITY="tls"),
        "✗ mailbox: IMAP_HOST: the certificate of localhost:{tls} is not valid for localhost: self-signed certificate",
        "SSL_CERT_FILE=/path/of/its/authority.pem in the environment, if you trust it",
    ),
    Broken(
        "no such folder",
        keys(IMAP_FOLDER="Eingang"),
        "✗ mailbox: IMAP_FOLDER: localhost:{imap} has no folder Eingang",
        "IMAP_FOLDER=INBOX",
    ),
    Broken(
        "missing right in the inbox",
        read_only_inbox,
        "✗ folders: {user} lacks the rights t (write-deleted) and e (expunge) in INBOX: ",
        "give them: SETACL INBOX {user} +te (Dovecot: doveadm acl add -u {user} INBOX user={user} write-deleted "
        "expunge), or SETTLE=flag",
    ),
    Broken(
        "missing right in a folder",
        without_insert,
        "✗ folders: {user} lacks the right i (insert) in Filed: mail of this outcome stays in the inbox",
        "give them: SETACL Filed {user} +i (Dovecot: doveadm acl add -u {user} Filed user={user} insert), "
        "or SETTLE=flag",
    ),
    Broken(
        "wrong prefix",
        keys(FILING_ADDRESS="mycompny@in.example.com"),
        "✗ recipients: no recent message (1 seen) names mycompny@in.example.com; ",
        "FILING_ADDRESS=mycompany@in.example.com",
    ),
    Broken(
        "wrong prefix of another organization",
        wrong_prefix_of_another,
        "✗ recipients: no recent message (2 seen) names globx@in.example.com; what is named is globex@in.example.com",
        "FILING_ADDRESS=globex@in.example.com in organizations/globex.env",
    ),
    Broken(
        "another company's prefix",
        keys(FILING_ADDRESS="globex@in.example.com"),
        "! recipients: no recent message (1 seen) names globex@in.example.com; ",
        "FILING_ADDRESS=mycompany@in.example.com, if it is yours",
        0,
    ),
    Broken(
        "wrong domain",
        keys(FILING_ADDRESS="mycompany@file.example.com"),
        "✗ recipients: no recent message (1 seen) names mycompany@file.example.com; ",
        "FILING_ADDRESS=mycompany@in.example.com",
    ),
    Broken(
        "unreachable DNS",
        keys(DNS_SERVERS="127.0.0.1:1"),
        "✗ DNS: the DNS has no answer for MX of in.example.com now: 127.0.0.1 ",
        "DNS_SERVERS=… with one that answers; until then, mail is deferred",
    ),
    Broken(
        "one DNS server of two unreachable",
        lambda company: company.keys.update(DNS_SERVERS=f"127.0.0.1:1 127.0.0.1:{company.dns.port}"),
        "! DNS: the DNS has no answer for MX of in.example.com now: 127.0.0.1 ",
        "DNS_SERVERS=127.0.0.1:{dns}",
        0,
    ),
    Broken(
        "SMTP refuses everybody",
        answers(connect="554 5.7.1 no service for you"),
        "✗ notices: localhost:{smtp} lets nobody in now: 554 5.7.1 no service for you",
        "have the server let this machine in, or SMTP_HOST=…",
    ),
    Broken(
        "SMTP refuses the null sender",
        answers(MAIL="550 5.1.8 sender unknown"),
        "✗ notices: the server refuses the null sender: 550 5.1.8 sender unknown",
        "NOTICE_ENVELOPE_FROM=mailer-daemon@in.example.com",
    ),
    Broken(
        "SMTP wants a login",
        answers(MAIL="530 5.7.0 authenticate first"),
        "✗ notices: the server wants a login: 530 5.7.0 authenticate first",
        "SMTP_USERNAME=… and SMTP_PASSWORD=…",
    ),
    Broken(
        "SMTP is not there",
        keys(SMTP_PORT="1"),
        "✗ notices: Nothing listens at localhost:1: ",
        "SMTP_PORT=…, usually 587 with SMTP_SECURITY=starttls, 465 with SMTP_SECURITY=tls, 25 with "
        "SMTP_SECURITY=starttls",
    ),
    Broken(
        "IMAP where SMTP should be",
        lambda company: company.keys.update(SMTP_PORT=str(company.place.dovecot.port)),
        "✗ notices: localhost:{imap} does not greet as an SMTP server does; an IMAP server answers there",
        "SMTP_PORT=587",
    ),
    Broken(
        "PostgreSQL is not there",
        keys(DATABASE_URL="postgresql://mailfiler:x@127.0.0.1:1/mailfiler"),
        '✗ database: connection to server at "127.0.0.1", port 1 failed: ',
        "DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME as the server knows them",
    ),
    Broken(
        "read-only database",
        read_only_file,
        "✗ database: {folder}/mailfiler.db cannot be written (mode 0444)",
        "chmod u+w {folder}/mailfiler.db, or DATABASE_URL=sqlite:////PATH/mailfiler.db elsewhere",
    ),
    Broken(
        "read-only folder of the database",
        read_only_folder,
        "✗ database: {folder}/data/mailfiler.db lies in a folder that cannot be written (mode 0555)",
        "chmod u+w {folder}/data, or DATABASE_URL=sqlite:////PATH/mailfiler.db elsewhere",
    ),
    Broken(
        "unset trust settings",
        keys(OUR_MTA_NAMES=""),
        "! trust: OUR_MTA_NAMES and MAIL_PROVIDER are not set, so that SPF cannot be evaluated; ",
        "OUR_MTA_NAMES=mx.example.com",
        0,
    ),
    Broken(
        "wrong MTA name",
        keys(OUR_MTA_NAMES="mx.example.org"),
        "✗ trust: OUR_MTA_NAMES=mx.example.org finds the border server in no message (1 seen), so ",
        "OUR_MTA_NAMES=mx.example.com",
    ),
]


@pytest.mark.parametrize("broken", BROKEN, ids=[one.name.replace(" ", "-") for one in BROKEN])
def test_it_is_named_with_its_remedy(company, broken):
    broken.breaks(company)
    company.write()
    assert_told(company, broken)


def test_a_settings_file_that_others_may_read_is_named(company):
    company.settings_file.chmod(0o644)
    line = "! settings: {folder}/settings.env is open to other users of this machine (mode 0644), and holds a password"
    assert_told(company, Broken("", print, line, "chmod 600 {folder}/settings.env", 0))


@pytest.mark.parametrize(
    ("without", "line", "remedy"),
    [
        (
            ("MOVE",),
            "! folders: mail is copied and then removed (UIDPLUS), for want of MOVE",
            "nothing has to be set; SETTLE=flag leaves mail where it is instead",
        ),
        (
            ("MOVE", "UIDPLUS"),
            "! folders: the server can neither MOVE nor UID EXPUNGE: mail stays where it is, with a keyword or a flag",
            "SETTLE=flag says so, and makes no folders",
        ),
    ],
    ids=["MOVE", "MOVE-and-UIDPLUS"],
)
def test_a_provider_without_is_named(company_at, dovecot_of, without, line, remedy):
    assert_told(company_at(dovecot_of(Kind(without=without))), Broken("", print, line, remedy, 0))


@pytest.mark.parametrize(
    ("name", "expired", "line", "remedy"),
    [
        ("imap.example.com", False, "it is for imap.example.com", "IMAP_HOST=imap.example.com"),
        ("localhost", True, "certificate has expired", "renew the server's certificate: it has expired"),
    ],
    ids=["another-host", "expired"],
)
def test_a_certificate_that_is_not_valid_is_named(company, tmp_path, name, expired, line, remedy):
    made = certificate(tmp_path, name, expired=expired)
    with ScriptedServer(certificate=made, tls_from_start=True) as imap:
        company.keys.update(IMAP_PORT=str(imap.port), IMAP_SECURITY="tls")
        company.environment["SSL_CERT_FILE"] = str(made.certificate)
        company.write()
        told = assert_told(company, Broken("", print, "✗ mailbox: IMAP_HOST: the certificate of localhost:", remedy))
    assert line in told


def assert_told(company: Company, broken: Broken) -> str:
    """The line, its remedy, and how it ended -> the line."""
    known = {
        "folder": company.place.folder,
        "imap": company.place.dovecot.port,
        "tls": company.place.dovecot.tls_port,
        "user": company.place.user.name,
        "smtp": company.smtp.port,
        "dns": company.dns.port,
    }
    ended = company.check()
    lines = ended.out.splitlines()
    assert "Traceback" not in ended.all
    start = broken.line.format(**known)
    told = [at for at, line in enumerate(lines) if line.startswith(start)]
    assert told, ended.all
    assert f"  → {broken.remedy.format(**known)}" in [lines[at + 1] for at in told], ended.all
    assert ended.status == broken.status
    return lines[told[0]]
