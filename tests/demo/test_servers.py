import smtplib
import socket
import threading

import pytest
from imapclient import IMAPClient

from poller.demo.imap import Account
from poller.demo.servers import HOST, Ports, serving
from poller.mailbox.idle import IdleWatcher
from poller.settings import ImapSettings, Security
from tests.patience import PATIENCE

ACCOUNT = Account(login="catch-all@in.example.com", password='with "quotes" and blanks')
FREE = Ports(imap=0, smtp=0, dns=0)
SOURCE = (
    b"From: a@example.com\r\nSubject: folded\r\n\tover two lines  \r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\n\r\n.a leading dot\r\n..two\r\n.\r\ntrailing blanks  \r\nraw \xe4\xf6 \x00 octets\r\n--x--\r\n"
    b"epilogue\r\n\r\n"
)


@pytest.fixture
def ports():
    with serving(ACCOUNT, "in.example.com", wanted=FREE) as ports:
        yield ports


@pytest.fixture
def client(ports):
    with IMAPClient(HOST, ports.imap, ssl=False, timeout=PATIENCE) as client:
        client.login(ACCOUNT.login, ACCOUNT.password)
        client.select_folder("INBOX")
        yield client


def send(ports, *recipients, source=SOURCE, sender="anna@example.com", options=("BODY=8BITMIME",)):
    with smtplib.SMTP(HOST, ports.smtp, local_hostname="laptop.example.com", timeout=PATIENCE) as smtp:
        smtp.sendmail(sender, recipients, source, options)


def fetch(client):
    client.noop()
    return [found[b"BODY[]"] for found in client.fetch(client.search("ALL"), ["BODY.PEEK[]"]).values()]


def test_what_goes_in_by_smtp_comes_out_by_imap_octet_for_octet(ports, client):
    send(ports, "1001.mycompany@in.example.com")
    (source,) = fetch(client)
    assert source.endswith(b"\r\n" + SOURCE)


def test_every_recipient_gets_a_copy_that_names_nobody_else(ports, client):
    send(ports, "1001.mycompany@in.example.com", "mycompany+1002@in.example.com", "1001.mycompany@in.example.com")
    first, second = fetch(client)
    assert b"X-Original-To: 1001.mycompany@in.example.com\r\n" in first
    assert b"1002" not in first
    assert b"X-Original-To: mycompany+1002@in.example.com\r\n" in second
    assert b"1001" not in second


def test_the_trace_is_that_of_a_final_delivery(ports, client):
    send(ports, "mycompany@in.example.com", sender="")
    (source,) = fetch(client)
    trace = source[: source.index(b"From: ")].decode("ascii").splitlines()
    assert trace[:4] == [
        "Return-Path: <>",
        "X-Original-To: mycompany@in.example.com",
        "Delivered-To: catch-all@in.example.com",
        "Received: from laptop.example.com ([127.0.0.1])",
    ]
    assert trace[4].startswith("\tby mx.in.example.com (Mailfiler demonstration) with ESMTP id ")
    assert trace[5].startswith("\tfor <mycompany@in.example.com>; ")


def test_an_internationalized_address_arrives(ports, client):
    send(ports, "käyttäjä.mycompany@in.example.com", options=("SMTPUTF8",))
    (source,) = fetch(client)
    assert "X-Original-To: käyttäjä.mycompany@in.example.com\r\n".encode() in source
    assert b" with UTF8SMTP id " in source


def test_mail_for_another_domain_is_not_relayed(ports, client):
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(ports, "somebody@example.org")
    assert fetch(client) == []


def test_a_wrong_password_is_refused(ports):
    with IMAPClient(HOST, ports.imap, ssl=False, timeout=PATIENCE) as client, pytest.raises(client.Error):
        client.login(ACCOUNT.login, "guess")


def test_idle_tells_of_new_mail(ports):
    """Nothing else could: the watcher renews its IDLE after nine minutes."""
    arrived = threading.Semaphore(0)
    with IdleWatcher(imap_settings(ports), arrived.release):
        assert arrived.acquire(timeout=PATIENCE)  # it asks once when it begins
        send(ports, "mycompany@in.example.com")
        assert arrived.acquire(timeout=PATIENCE)


def imap_settings(ports):
    return ImapSettings(
        host=HOST,
        port=ports.imap,
        security=Security.PLAIN,
        username=ACCOUNT.login,
        password=ACCOUNT.password,
        folder="INBOX",
    )


def test_a_message_is_moved_and_a_copied_one_is_expunged_by_uid(ports, client):
    send(ports, "mycompany@in.example.com", "1001.mycompany@in.example.com")
    client.noop()
    moved, copied = client.search("ALL")
    client.create_folder("Filed")
    client.move([moved], "Filed")
    client.copy([copied], "Filed")
    client.add_flags([copied], [b"\\Deleted"], silent=True)
    client.uid_expunge([copied])
    assert client.search("ALL") == []
    client.select_folder("Filed")
    assert len(fetch(client)) == 2


def test_a_taken_port_is_replaced_by_a_free_one():
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]
        with serving(ACCOUNT, "in.example.com", wanted=Ports(imap=taken, smtp=taken, dns=0)) as ports:
            assert taken not in {ports.imap, ports.smtp}


def test_it_stops_while_a_client_is_idling():
    with serving(ACCOUNT, "in.example.com", wanted=FREE) as ports:
        client = IMAPClient(HOST, ports.imap, ssl=False, timeout=PATIENCE)
        client.login(ACCOUNT.login, ACCOUNT.password)
        client.select_folder("INBOX")
        client.idle()
    client.shutdown()


def test_a_notice_to_somebody_elsewhere_is_shown_and_goes_nowhere(ports, client, capsys):
    source = b"Subject: =?utf-8?q?Ei_l=C3=B6ydy?=\x1b[31m\r\n\r\nNo such project.\r\n"
    send(ports, "anna@example.com", source=source, sender="")
    assert capsys.readouterr().out == "  a notice to anna@example.com: Ei löydy·[31m\n"
    assert not fetch(client)


def test_other_mail_to_somebody_elsewhere_is_not_taken(ports):
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="takes mail for"):
        send(ports, "anna@example.com")
