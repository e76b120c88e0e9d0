from __future__ import annotations

import time
from pathlib import Path

import pytest

from poller.authentication.dns import RecordType, TemporaryFailure
from poller.resolver.client import Client
from poller.resolver.question import Answer, Question
from poller.resolver.servers import system_servers
from tests.patience import PATIENCE
from tests.servers.dns import DnsServer, Trouble

A, AAAA, MX, PTR, TXT = RecordType.A, RecordType.AAAA, RecordType.MX, RecordType.PTR, RecordType.TXT


def ask(server: DnsServer, name: str, kind: RecordType, seconds: float = 5) -> Answer:
    return Client((server.address,)).ask(Question(name, kind), seconds)


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        ("acme.fi TXT", ["v=spf1 -all"], ("v=spf1 -all",)),
        ("acme.fi TXT", ["v=spf1 -all", "v=spf1 +all"], ("v=spf1 -all", "v=spf1 +all")),
        ("acme.fi TXT", ["x" * 255 + "y" * 255 + "z"], ("x" * 255 + "y" * 255 + "z",)),
        ("acme.fi TXT", [""], ("",)),
        ("acme.fi TXT", ['sm\xf6rg\0s \\ "'], ('sm\xf6rg\0s \\ "',)),
        ("acme.fi A", ["192.0.2.1", "192.0.2.2"], ("192.0.2.1", "192.0.2.2")),
        ("acme.fi AAAA", ["2001:0DB8:0:0::1"], ("2001:db8::1",)),
        ("acme.fi MX", ["10 mx.acme.fi", "20 MX2.acme.fi."], ("10 mx.acme.fi", "20 MX2.acme.fi")),
        ("acme.fi MX", ["0 ."], ("0 .",)),
        ("acme.fi MX", ["10 m\0x.acme.fi", "20 mx.acme.fi"], ("20 mx.acme.fi",)),
        ("7.2.0.192.in-addr.arpa PTR", ["host.acme.fi"], ("host.acme.fi",)),
        ("two  blanks\\.acme.fi TXT", ["found"], ("found",)),
    ],
)
def test_records_are_written_as_authentication_reads_them(
    server: DnsServer, key: str, values: list[str], expected: tuple[str, ...]
) -> None:
    server.records = {key: values}
    name, _, kind = key.rpartition(" ")
    assert ask(server, name, RecordType(kind)).records == expected


@pytest.mark.parametrize("name", ["none.fi", "acme.fi", "sub.acme.fi"])
def test_f40_there_is_no_such_name_or_no_such_record(server: DnsServer, name: str) -> None:
    server.records = {"acme.fi MX": ["10 mx.acme.fi"], "a.sub.acme.fi A": ["192.0.2.1"]}
    assert ask(server, name, TXT).records == ()


def test_an_absolute_name_is_asked_for_and_nothing_else(server: DnsServer) -> None:
    ask(server, "intranet", A)
    assert server.asked == ["intranet A"]


ALIASES = {
    "www.acme.fi CNAME": ["host.acme.fi"],
    "host.acme.fi CNAME": ["host.cloud.example"],
    "host.cloud.example A": ["192.0.2.1"],
    "acme.se DNAME": ["cloud.example"],
    "ring.fi CNAME": ["ring.se"],
    "ring.se CNAME": ["ring.fi"],
    "self.fi CNAME": ["self.fi"],
    "gone.fi CNAME": ["nowhere.fi"],
    "empty.fi CNAME": ["host.cloud.example"],
    **{f"{number}.long.fi CNAME": [f"{number + 1}.long.fi"] for number in range(30)},
    "30.long.fi A": ["192.0.2.1"],
}


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("www.acme.fi", A, ("192.0.2.1",)),
        ("host.acme.se", A, ("192.0.2.1",)),
        ("empty.fi", TXT, ()),
        ("gone.fi", A, ()),
        ("ring.fi", A, ()),
        ("self.fi", A, ()),
        ("0.long.fi", A, ()),
    ],
)
def test_f40_aliases_are_followed_but_not_for_ever(
    server: DnsServer, bare: bool, name: str, kind: RecordType, expected: tuple[str, ...]
) -> None:
    server.records = ALIASES
    server.bare_aliases = bare
    assert ask(server, name, kind).records == expected
    assert len(server.asked) <= 8


def test_an_alias_holds_as_long_as_the_shortest_of_its_records(server: DnsServer) -> None:
    server.records = ALIASES
    server.ttls = {"*": 500, "host.acme.fi": 20}
    for server.bare_aliases in (False, True):
        assert ask(server, "www.acme.fi", A).ttl == 20


@pytest.mark.parametrize(("with_soa", "ttl"), [(True, 120), (False, 30)])
def test_nothing_holds_as_long_as_the_zone_says(server: DnsServer, with_soa: bool, ttl: int) -> None:
    server.with_soa = with_soa
    server.ttls = {"*": 120}
    assert ask(server, "none.fi", A).ttl == ttl


@pytest.mark.parametrize(
    ("trouble", "seconds", "why"),
    [
        (Trouble.SERVFAIL, PATIENCE, "answered SERVFAIL"),
        (Trouble.REFUSED, PATIENCE, "answered REFUSED"),
        (Trouble.GARBAGE, PATIENCE, "answered with octets that are no DNS message"),
        (Trouble.REFERRAL, PATIENCE, "refers to other servers instead of answering"),
        # How much was left of the 0.3 seconds when the question went out depends on the machine.
        (Trouble.DROP, 0.3, r"did not answer within 0\.[0-9]+ s"),
    ],
)
def test_f39_a_server_with_no_answer_now_is_a_temporary_failure(
    server: DnsServer, trouble: Trouble, seconds: float, why: str
) -> None:
    server.troubles = {"acme.fi": trouble}
    with pytest.raises(TemporaryFailure, match=rf"^the DNS has no answer for TXT of acme.fi now: 127\.0\.0\.1 {why}$"):
        ask(server, "acme.fi", TXT, seconds=seconds)


def test_f39_nobody_listens() -> None:
    with DnsServer() as gone:
        pass
    start = time.monotonic()
    with pytest.raises(TemporaryFailure, match=r"127.0.0.1 cannot be reached: Connection refused$"):
        ask(gone, "acme.fi", TXT, seconds=60)
    assert time.monotonic() - start < 10


def test_f39_no_resolv_conf(tmp_path: Path) -> None:
    client = Client((), lambda: system_servers(tmp_path / "resolv.conf"))
    with pytest.raises(TemporaryFailure, match=r"^there is no DNS server: DNS_SERVERS is empty, and /etc/resolv.conf"):
        client.ask(Question("acme.fi", TXT), 5)


def test_the_systems_servers_are_asked_where_none_are_set(server: DnsServer) -> None:
    server.records = {"acme.fi TXT": ["v=spf1 -all"]}
    found = Client((), lambda: (server.address,)).ask(Question("acme.fi", TXT), 5)
    assert found.records == ("v=spf1 -all",)


def test_a_server_without_edns_is_asked_without_it(server: DnsServer) -> None:
    server.records = {"acme.fi TXT": ["v=spf1 -all"]}
    server.troubles = {"*": Trouble.NO_EDNS}
    assert ask(server, "acme.fi", TXT).records == ("v=spf1 -all",)


def test_a_forged_answer_is_passed_over(server: DnsServer) -> None:
    server.records = {"acme.fi TXT": ["v=spf1 -all"]}
    server.troubles = {"*": Trouble.FORGED}
    assert ask(server, "acme.fi", TXT).records == ("v=spf1 -all",)


def test_a_datagram_holds_1232_octets_and_tcp_the_rest(server: DnsServer) -> None:
    server.records = {"small.fi TXT": ["x" * 1000], "large.fi TXT": ["x" * 20_000]}
    assert ask(server, "small.fi", TXT).records == ("x" * 1000,)
    assert ask(server, "large.fi", TXT).records == ("x" * 20_000,)
    assert server.asked_over_tcp == ["large.fi TXT"]
