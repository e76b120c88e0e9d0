from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.settings import Exempt, FilingAddress, MetricsSettings, NameServer, Security, StartPolicy, values

ADDRESS = FilingAddress(prefix="my.company", domain="in.example.com")


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (values.boolean, "true", True), (values.boolean, "YES", True), (values.boolean, "1", True),
        (values.boolean, "False", False), (values.boolean, "no", False), (values.boolean, "0", False),
        (values.duration, "90s", timedelta(seconds=90)), (values.duration, "5m", timedelta(minutes=5)),
        (values.duration, "72h", timedelta(hours=72)), (values.duration, "30d", timedelta(days=30)),
        (values.duration, "45", timedelta(seconds=45)), (values.duration, "5 M", timedelta(minutes=5)),
        (values.retention, "", None), (values.retention, "30d", timedelta(days=30)),
        (values.size, "50M", 50 << 20), (values.size, "500k", 500 << 10), (values.size, "1G", 1 << 30),
        (values.size, "1 GiB", 1 << 30), (values.size, "10mb", 10 << 20), (values.size, "1234", 1234),
        (values.integer(1, 10), "10", 10), (values.integer(1, 10), "01", 1),
        (values.workers, "1", 1), (values.workers, "64", 64),
        (values.words, "a b,c, d\te", ("a", "b", "c", "d", "e")), (values.words, " , ", ()), (values.words, "", ()),
        (values.host_suffixes, "Mx.A.fi, .B.fi. mx my_host.lan", ("mx.a.fi", ".b.fi", "mx", "my_host.lan")),
        (values.host_suffixes, "[192.0.2.1]", ("[192.0.2.1]",)), (values.host_suffixes, "", ()),
        (values.header_names, "X-Original-To, Delivered-To", ("x-original-to", "delivered-to")),
        (values.networks, "127.0.0.1 ::1,10.1.2.3/8", tuple(map(ip_network, ("127.0.0.1", "::1", "10.0.0.0/8")))),
        (values.host, "imap.example.com", "imap.example.com"), (values.host, "192.0.2.1", "192.0.2.1"),
        (values.host, "2001:db8::1", "2001:db8::1"), (values.host, "[::1]", "::1"), (values.host, "", ""),
        (values.filing_address, "My.Company@IN.example.com", ADDRESS),
        (values.filing_addresses, "my.company@in.example.com, x@y.fi",
         (ADDRESS, FilingAddress(prefix="x", domain="y.fi"))),
        (values.filing_address, "yritys@ääkkönen.fi", FilingAddress(prefix="yritys", domain="xn--kknen-fraa0m.fi")),
        (values.optional_address, "", ""), (values.optional_address, "Notices@A.fi", "notices@a.fi"),
        (values.start_policy, "new", StartPolicy(everything=False, since=None)),
        (values.start_policy, "ALL", StartPolicy(everything=True, since=None)),
        (values.start_policy, "since:2025-03-01", StartPolicy(everything=False, since=date(2025, 3, 1))),
        (values.exemptions, "a.fi@192.0.2.7 B.fi@10.0.0.0/8, ääkkönen.fi@2001:db8::/32",
         (Exempt(domain="a.fi", network=ip_network("192.0.2.7")),
          Exempt(domain="b.fi", network=ip_network("10.0.0.0/8")),
          Exempt(domain="xn--kknen-fraa0m.fi", network=ip_network("2001:db8::/32")))),
        (values.exemptions, "", ()),
        (values.choice(Security), "StartTLS", Security.STARTTLS),
        (values.one_of("text", "json"), "JSON", "json"),
        (values.port(993), "", 993), (values.port(993), "143", 143),
        (values.domains, "A.fi, b.example", ("a.fi", "b.example")), (values.domains, "", ()),
        (values.domains, "Ääkkönen.fi XN--kknen-fraa0m.fi a.fi.",
         ("xn--kknen-fraa0m.fi", "xn--kknen-fraa0m.fi", "a.fi")),
        (values.authserv_ids, "MX.example.com .Example.com, !Exchange-Online",
         ("mx.example.com", ".example.com", "!exchange-online")),
        (values.authserv_ids, "", ()),
        (values.dns_servers, "192.0.2.1 127.0.0.1:5353, ::1 [::1]:5353 [::1] 2001:DB8:0::1",
         (NameServer(address="192.0.2.1", port=53), NameServer(address="127.0.0.1", port=5353),
          NameServer(address="::1", port=53), NameServer(address="::1", port=5353), NameServer(address="::1", port=53),
          NameServer(address="2001:db8::1", port=53))),
        (values.dns_servers, "", ()),
        (values.loopback, "", None),
        (values.loopback, "127.0.0.1:9464", MetricsSettings(address="127.0.0.1", port=9464)),
        (values.loopback, "127.1.2.3:1", MetricsSettings(address="127.1.2.3", port=1)),
        (values.loopback, "[0:0::1]:65535", MetricsSettings(address="::1", port=65535)),
    ],
)  # fmt: skip
def test_a_text_becomes_a_value(parse: Callable[[str], Any], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "texts"),
    [
        (values.boolean, ("maybe", "tru", "2", "on off")),
        (values.duration, ("soon", "5x", "-5s", "1.5h", "5 m s", "٣s", "99999999999", "9999999999d", "")),
        (values.positive_duration, ("0", "0s", "0d")),
        (values.size, ("big", "0", "-1", "1.5M", "10T", "٣M", "5Kx", "")),
        (values.integer(1, 10), ("0", "11", "-1", "many", "1.0", "٣", "1_0", "", "9" * 20)),
        (values.workers, ("0", "65", "-1", "all", "1.5", "٣")),
        (values.port(993), ("0", "65536", "https")),
        (values.header_names, ("X:Y", "X-Ä")),
        (values.networks, ("127.0.0.1/33", "localhost", "10.0.0.0/8/8", "1.2.3")),
        (values.host, ("imaps://imap.example.com", "imap.example.com:993", "a b", "user@host", "host/path")),
        (values.filing_address, ("no address", "@x.fi", "a@ｘ.fi", "x@", "a+b@x.fi", ".a@x.fi", "a..b@x.fi", "a.@x.fi",
                                 '"a b"@x.fi', "a@b@c.fi", "a@x..fi", "Anna <a@x.fi>", "a@x.fi\u202e")),
        (values.filing_addresses, ("a@x.fi b", "a@x.fi;b@x.fi")),
        (values.optional_address, ("me", "a@.fi")),
        (values.start_policy, ("old", "since", "since:", "since:yesterday", "since:2025-02-30", "2025-01-01")),
        (values.exemptions, ("a.fi", "a@192.0.2.1", "a.fi@x", "@192.0.2.1", "a.fi@", "a.fi@192.0.2.1@10.0.0.1",
                             "anna@a.fi@192.0.2.1", "a.fi@192.0.2.1/33")),
        (values.choice(Security), ("ssl", "")),
        (values.domains, ("com", "a@b.fi", ".", ".fi", "a..fi", "a_b.fi", "ａ.fi", "a。fi", "-a.fi", "*.a.fi")),
        (values.host_suffixes, ("*.a.fi", ".", "..", "a..fi", "..a.fi", "mx.a.fi:25", "a@b.fi", "mä.fi")),
        (values.authserv_ids, ("!exchange", "mx.example.com !", "!exchange-online.com")),
        (values.dns_servers, ("resolver", "127.0.0.1:x", "127.0.0.1:53:53x", "::1]x", "1.2.3.4.5", "127.0.0.1:",
                              "127.0.0.1:0", "127.0.0.1:65536", "[::1", "[::1]5353", "[::1]:", "[127.0.0.1]:53",
                              ":53", "[]:53")),
        (values.loopback, ("0.0.0.0:9464", "[::]:9464", "192.0.2.1:9464", "localhost:9464", ":9464", "9464",
                           "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "::1:9464",
                           "[::1]", "[::ffff:127.0.0.1]:9464", "127.1:9464", "127.0.0.1:9464 [::1]:9464", "on")),
        (values.required, ("",)),
    ],
)  # fmt: skip
def test_any_other_text_is_refused(parse: Callable[[str], Any], texts: tuple[str, ...]) -> None:
    for text in texts:
        with pytest.raises(ValueError, match=r".") as caught:
            parse(text)
        assert len(str(caught.value).splitlines()) == 1


PARSERS = (
    values.boolean, values.duration, values.retention, values.size, values.integer(1, 9), values.words, values.host,
    values.header_names, values.networks, values.filing_addresses, values.optional_address, values.start_policy,
    values.exemptions, values.choice(Security), values.port(1), values.domains, values.dns_servers,
    values.authserv_ids, values.host_suffixes, values.workers, values.loopback,
)  # fmt: skip


@given(st.text(max_size=60) | st.text("0123456789.:@[]/smhdkMG -,", max_size=30))
def test_nothing_but_a_value_error_is_raised(text: str) -> None:
    for parse in PARSERS:
        with suppress(ValueError):
            parse(text)


@pytest.mark.parametrize("text", ["\x1b[31m", "a\nb", "\u202egnp", "\ud800", "\x9b1m"])
def test_what_is_repeated_of_a_value_is_printable(text: str) -> None:
    for parse in (parse for parse in PARSERS if parse not in (values.words, values.retention)):
        try:
            parse(text)
        except ValueError as error:
            problem = str(error)
        assert problem.isprintable()


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(ValueError, match="…") as caught:
        values.boolean("x" * 100_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(("processors", "workers"), [(range(1), 1), ([1, 3, 5], 3), (range(200), 8)])
def test_without_a_number_there_is_a_worker_for_each_processor_that_may_be_used(
    monkeypatch: pytest.MonkeyPatch, processors: Sequence[int], workers: int
) -> None:
    monkeypatch.setattr(values.os, "sched_getaffinity", lambda _: set(processors), raising=False)
    assert values.workers("") == workers


def test_where_nobody_knows_the_processors_there_is_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(values.os, "sched_getaffinity", raising=False)
    assert values.workers("") == 1
