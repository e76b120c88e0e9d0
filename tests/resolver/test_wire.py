from __future__ import annotations

import contextlib
import struct

import dns.message
import dns.rrset
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poller.authentication.dns import RecordType
from poller.resolver.exchange import Truncated, Unrelated, Useless
from poller.resolver.names import labels
from poller.resolver.wire import Reply, WithoutEdns, query
from tests.cpu import cpu_within

ACME = labels("acme.fi")
TXT, MX = RecordType.TXT, RecordType.MX
QUESTION_LENGTH = 12 + len("1acme1fi0") + 4


def answered(
    *answers: str, authority: tuple[str, ...] = (), flags: str = "QR AA", rcode: str = "NOERROR", kind: RecordType = TXT
) -> Reply:
    """What is made of these records, written as in a zone file, as an answer for acme.fi."""
    asked = query(ACME, kind)
    message = dns.message.make_response(dns.message.from_wire(asked.octets))
    message.flags = dns.flags.from_text(flags)
    message.set_rcode(dns.rcode.from_text(rcode))
    for section, lines in ((message.answer, answers), (message.authority, authority)):
        for line in lines:
            section.append(dns.rrset.from_text(*line.split(" ", 4)))
    return asked.read(message.to_wire())


@pytest.mark.parametrize(
    ("answers", "reply"),
    [
        (['acme.fi. 60 IN TXT "a" "b"'], Reply(records=("ab",), ttl=60)),
        (['acme.fi. 60 IN TXT "a"', 'acme.fi. 20 IN TXT "b"'], Reply(records=("a", "b"), ttl=20)),
        (['acme.fi. 60 IN TXT "a"', 'acme.fi. 60 IN TXT "a"'], Reply(records=("a",), ttl=60)),
        (['ACME.fi. 60 IN TXT "a"'], Reply(records=("a",), ttl=60)),
        (['evil.fi. 60 IN TXT "a"'], Reply()),
        (["acme.fi. 60 IN MX 10 mx.acme.fi."], Reply()),
        (['acme.fi. 60 CH TXT "a"'], Reply()),
        (["acme.fi. 60 IN CNAME b.fi.", 'b.fi. 20 IN TXT "a"'], Reply(records=("a",), ttl=20)),
        (["acme.fi. 20 IN CNAME b.fi.", 'b.fi. 60 IN TXT "a"'], Reply(records=("a",), ttl=20)),
        (['b.fi. 20 IN TXT "a"', "acme.fi. 60 IN CNAME B.fi."], Reply(records=("a",), ttl=20)),
        (["acme.fi. 20 IN CNAME b.fi."], Reply(ttl=20, alias=labels("b.fi"))),
        (["acme.fi. 60 IN CNAME acme.fi."], Reply()),
        (["acme.fi. 60 IN CNAME b.fi.", "b.fi. 60 IN CNAME acme.fi."], Reply()),
    ],
)
def test_what_an_answer_means(answers: list[str], reply: Reply) -> None:
    assert answered(*answers) == reply


SOA = "fi. 900 IN SOA ns.fi. hostmaster.fi. 1 2 3 4 120"


@pytest.mark.parametrize(
    ("answers", "authority", "rcode", "reply"),
    [
        ([], [SOA], "NXDOMAIN", Reply(ttl=120)),
        ([], [SOA], "NOERROR", Reply(ttl=120)),
        ([], [SOA.replace("900", "60")], "NOERROR", Reply(ttl=60)),
        ([], [SOA.replace("fi. 900", "se. 900")], "NXDOMAIN", Reply(ttl=30)),
        ([], [], "NXDOMAIN", Reply(ttl=30)),
        ([], [], "YXDOMAIN", Reply(ttl=30)),
        (["acme.fi. 60 IN CNAME b.fi."], [SOA], "NOERROR", Reply(ttl=60)),
        (["acme.fi. 60 IN CNAME b.se."], [SOA], "NOERROR", Reply(ttl=60, alias=labels("b.se"))),
        (["acme.fi. 60 IN CNAME b.se."], [], "NXDOMAIN", Reply(ttl=30)),
        ([], ["fi. 60 IN NS ns.fi."], "NOERROR", Reply(ttl=30)),
    ],
)
def test_what_nothing_means(answers: list[str], authority: list[str], rcode: str, reply: Reply) -> None:
    assert answered(*answers, authority=tuple(authority), rcode=rcode) == reply


def test_a_server_that_is_not_the_one_to_ask_has_no_answer() -> None:
    with pytest.raises(Useless, match=r"^refers to other servers"):
        answered(authority=("fi. 60 IN NS ns.fi.",), flags="QR")
    with pytest.raises(Useless, match=r"^gave an answer that contradicts itself$"):
        answered('acme.fi. 60 IN TXT "a"', rcode="NXDOMAIN")
    with pytest.raises(Useless, match=r"^answered NOTAUTH$"):
        answered(rcode="NOTAUTH")
    with pytest.raises(WithoutEdns):
        answered(rcode="FORMERR")


def test_a_time_to_live_beyond_all_limits_is_none() -> None:
    asked = query(ACME, TXT)
    record = b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 2**31, 2) + b"\1a"
    octets = asked.octets[:2] + b"\x84\x00\0\1\0\1\0\0\0\0" + asked.octets[12:QUESTION_LENGTH] + record
    assert asked.read(octets) == Reply(records=("a",), ttl=0)


def test_each_question_has_an_id_of_its_own() -> None:
    assert len({query(ACME, TXT).octets[:2] for _ in range(100)}) > 90


def test_a_name_is_asked_for_octet_by_octet() -> None:
    asked = query(labels("a\\.b.fi"), TXT)
    assert b"\x02a\\\x01b\x02fi\0" in asked.octets


@pytest.mark.parametrize(("flags", "raised"), [(b"\x86\x00", Truncated), (b"\x04\x00", Unrelated)])
def test_what_the_header_says_of_the_rest(flags: bytes, raised: type[Exception]) -> None:
    asked = query(ACME, TXT)
    with pytest.raises(raised):
        asked.read(asked.octets[:2] + flags + bytes(8))


def test_the_answer_to_another_question_is_unrelated() -> None:
    asked = query(ACME, TXT)
    for other in (query(labels("evil.fi"), TXT), query(ACME, MX)):
        with pytest.raises(Unrelated):
            asked.read(asked.octets[:2] + b"\x84\x00" + other.octets[4:])
    with pytest.raises(Unrelated):
        asked.read(asked.octets[:2] + b"\x84\x00" + bytes(8))


@given(st.binary(max_size=200), st.integers(0, 255), st.binary(max_size=8))
@example(b"\xc0\x0c" * 50, 50, b"")
def test_no_octets_raise_anything_else(tail: bytes, rcode: int, counts: bytes) -> None:
    asked = query(ACME, MX)
    header = asked.octets[:2] + bytes([0x84, rcode]) + b"\0\1\0\3\0\3\0\0"
    for octets in (tail, header + tail, header + asked.octets[12:QUESTION_LENGTH] + counts + tail):
        with contextlib.suppress(Unrelated, Truncated, Useless, WithoutEdns):
            assert isinstance(asked.read(octets), Reply)


def compressed(records: int) -> bytes:
    """An answer of host names of 250 octets, each of them in 9."""
    asked = query(ACME, MX)
    long = b"\1a" * 122 + b"\0"
    fields = struct.pack("!HHI", 15, 1, 60)
    first = b"\xc0\x0c" + fields + struct.pack("!HH", len(long) + 2, 1) + long
    pointer = struct.pack("!H", 0xC000 | QUESTION_LENGTH + 14)
    others = (b"\xc0\x0c" + fields + b"\0\x09\0\1\4%04d" % number + pointer for number in range(records - 1))
    counts = struct.pack("!HHHH", 1, records, 0, 0)
    return asked.octets[:2] + b"\x84\x00" + counts + asked.octets[12:QUESTION_LENGTH] + first + b"".join(others)


@pytest.mark.parametrize(("records", "found"), [(256, 256), (257, 0), (3000, 0)])
def test_an_answer_of_any_size_is_read_in_little_time(records: int, found: int) -> None:
    octets = compressed(records)
    with cpu_within(1):
        asked = query(ACME, MX)
        reply = asked.read(asked.octets[:2] + octets[2:])
    assert len(reply.records) == found
