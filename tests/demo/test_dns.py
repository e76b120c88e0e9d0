import socket

import pytest

from poller.authentication.dns import RecordType
from poller.demo.imap import Account
from poller.demo.samples import domains
from poller.demo.servers import HOST, Ports, serving
from poller.resolver import CachingResolver
from poller.settings import DnsSettings, NameServer
from poller.settings.values import duration


@pytest.fixture
def port():
    account = Account(login="catch-all@in.example.com", password="secret")
    with serving(account, "in.example.com", wanted=Ports(imap=0, smtp=0, dns=0)) as ports:
        yield ports.dns


def lookup(port, name, kind=RecordType.TXT):
    servers = (NameServer(address=HOST, port=port),)
    settings = DnsSettings(servers=servers, timeout=duration("5s"), query_budget=60, time_budget=duration("5s"))
    return CachingResolver(settings).for_message().lookup(name, kind)


def test_the_domains_of_the_samples_say_that_their_mail_comes_from_here(port):
    assert {lookup(port, domain) for domain in domains()} == {("v=spf1 ip4:127.0.0.1 -all",)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("gmail.example", RecordType.TXT), ("_dmarc.example.com", RecordType.TXT), ("example.com", RecordType.A)],
)
def test_nothing_else_is_there(port, name, kind):
    assert lookup(port, name, kind) == ()


def test_what_is_no_question_is_not_answered_and_ends_nothing(port, caplog):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for octets in (b"", b"\0" * 12, b"nonsense" * 9):
            sock.sendto(octets, (HOST, port))
    assert lookup(port, "example.com")
    assert caplog.messages == []
