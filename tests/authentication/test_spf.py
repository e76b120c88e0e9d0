from ipaddress import ip_address

import pytest
import spf

from poller.authentication.dns import QueryBudgetSpent
from poller.authentication.findings import Result
from poller.authentication.spf import check_spf
from poller.authentication.spf_engine import MAX_RECORD
from tests.authentication.making import Zone
from tests.cpu import cpu_within

CLIENT = ip_address("203.0.113.7")
CLIENT6 = ip_address("2001:db8::7")
SENDER = "anna@acme.fi"
HELO = "mail.acme.fi"


def found(records, *, client=CLIENT, mail_from=SENDER, helo=HELO, failing=()):
    return check_spf(client, mail_from, helo, Zone(records, failing))


def found_by(record, **changes):
    """With acme.fi publishing that record."""
    more = changes.pop("more", {})
    return found({"acme.fi TXT": [record]} | more, **changes)


class TestIdentity:
    @pytest.mark.parametrize(
        ("client", "mail_from", "why"),
        [
            (None, SENDER, "it is not known which client handed the message to our server"),
            (CLIENT, None, "the envelope sender (MAIL FROM) is not known"),
        ],
    )
    def test_what_the_border_does_not_show_is_not_evaluated(self, client, mail_from, why):
        zone = Zone({"acme.fi TXT": ["v=spf1 +all"]})
        finding = check_spf(client, mail_from, HELO, zone)
        assert (finding.result, finding.identity, finding.domain, finding.counts) == (Result.NONE, None, None, False)
        assert (finding.why, zone.asked) == (why, [])

    @pytest.mark.parametrize(
        "mail_from",
        [
            "acme.fi",
            "@acme.fi",
            "anna@",
            '"anna"@acme.fi',
            '"a@b"@acme.fi',
            "anna@other.fi@acme.fi",
            "anna(x)@acme.fi",
            "an na@acme.fi",
            "anna.@acme.fi",
            "an..na@acme.fi",
            "änna@acme.fi",
            "anna\x00@acme.fi",
            "anna\n@acme.fi",
            "a" * 257 + "@acme.fi",
            "anna@fi",
            "anna@localhost",
            "anna@acme.fi.",
            "anna@.acme.fi",
            "anna@acme..fi",
            "anna@[203.0.113.7]",
            "anna@203.0.113.7",
            "anna@acme.fi\x00.other.fi",
            "anna@acme.fi\n",
            "anna@acme fi.fi",
            "anna@acme.fi,other.fi",
            "anna@-acme.fi",
            "anna@acme-.fi",
            "anna@" + "a" * 64 + ".fi",
            "anna@" + "a." * 126 + "fi",
            "anna@acme。fi",
            "anna@ａcme.fi",
        ],
    )
    def test_an_odd_envelope_sender_is_not_evaluated(self, mail_from):
        zone = Zone({"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]})
        finding = check_spf(CLIENT, mail_from, HELO, zone)
        assert (finding.result, finding.domain, finding.counts, zone.asked) == (Result.NONE, None, False, [])
        assert finding.why.startswith("the envelope sender, ")
        assert finding.why.isprintable()
        assert finding.why.isascii()

    @pytest.mark.parametrize(
        ("mail_from", "domain"),
        [
            ("anna@acme.fi", "acme.fi"),
            ("Anna@ACME.fi", "acme.fi"),
            ("bounces+123-a=b.fi@em_1.acme.fi", "em_1.acme.fi"),
            ("anna@yhtiö.fi", "xn--yhti-8qa.fi"),
            ("anna@r3---x.acme.fi", "r3---x.acme.fi"),
            ("a" * 256 + "@acme.fi", "acme.fi"),
        ],
    )
    def test_a_domain_is_asked_about_in_a_labels(self, mail_from, domain):
        finding = found({f"{domain} TXT": ["v=spf1 ip4:203.0.113.7 -all"]}, mail_from=mail_from)
        assert (finding.result, finding.identity, finding.domain) == (Result.PASS, "mailfrom", domain)
        assert finding.counts

    def test_the_null_sender_is_whoever_said_helo(self):
        finding = found({"mail.acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}, mail_from="")
        assert (finding.result, finding.identity, finding.domain) == (Result.PASS, "helo", "mail.acme.fi")
        assert finding.counts

    @pytest.mark.parametrize("helo", [None, "", "mail", "[203.0.113.7]", "203.0.113.7", "a b.fi", "x" * 300 + ".fi"])
    def test_the_null_sender_needs_a_host_name_in_helo(self, helo):
        finding = found({}, mail_from="", helo=helo)
        assert (finding.result, finding.identity) == (Result.NONE, None)
        assert finding.why.startswith("the envelope sender is empty, and HELO")

    def test_another_sender_never_falls_back_to_helo(self):
        finding = found({"mail.acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}, mail_from="x@none.acme.fi")
        assert (finding.result, finding.domain, finding.counts) == (Result.NONE, "none.acme.fi", False)

    @pytest.mark.parametrize("helo", [None, "", "ä", "\ud800", "a\x00b", "x" * 1000])
    def test_an_odd_helo_is_no_text_for_a_macro(self, helo):
        finding = found_by("v=spf1 exists:%{h}.acme.fi exists:%{H}.acme.fi ip4:203.0.113.7 -all", helo=helo)
        assert finding.result is Result.PASS


class TestResult:
    @pytest.mark.parametrize(
        ("record", "result", "why"),
        [
            ("v=spf1 a -all", "pass", "acme.fi names 203.0.113.7 (mechanism a)"),
            ("v=spf1 include:b.fi -all", "pass", "acme.fi names 203.0.113.7 (mechanism include:b.fi)"),
            ("v=spf1 redirect=b.fi", "pass", "acme.fi names 203.0.113.7 (mechanism ip4:203.0.113.0/24)"),
            ("v=spf1 Redirect=b.fi", "pass", "acme.fi names 203.0.113.7 (mechanism ip4:203.0.113.0/24)"),
            ("v=spf1 -all", "fail", "the SPF record of acme.fi does not name 203.0.113.7 (mechanism -all)"),
            ("v=spf1 ~all", "softfail", "the SPF record of acme.fi does not name 203.0.113.7 (mechanism ~all)"),
            ("v=spf1", "neutral", "the SPF record of acme.fi does not name 203.0.113.7"),
            ("v=spf2 +all", "none", "acme.fi publishes no SPF record"),
            ("v=spf1 moo", "permerror", "the SPF record of acme.fi cannot be used: Unknown mechanism found: moo"),
            (
                "v=spf1 include:none.fi +all",
                "permerror",
                (
                    "the SPF record of acme.fi cannot be used: "
                    "No valid SPF record for included domain: none.fi: include:none.fi"
                ),
            ),
        ],
    )
    def test_a_record_is_explained(self, record, result, why):
        more = {"acme.fi A": ["203.0.113.7"], "b.fi TXT": ["v=spf1 ip4:203.0.113.0/24 -all"]}
        finding = found_by(record, more=more)
        assert (finding.result, finding.why) == (result, why)
        assert finding.counts == (result == "pass")

    def test_what_a_record_says_is_shown_safely(self):
        finding = found_by("v=spf1 \x1b[31m" + "x" * 300)
        assert (
            finding.why
            == "the SPF record of acme.fi cannot be used: " + ("Unknown mechanism found: ?[31m" + "x" * 300)[:200]
        )


class TestWide:
    @pytest.mark.parametrize(
        "record",
        [
            "v=spf1 +all",
            "v=spf1 all",
            "v=spf1 ip4:0.0.0.0/0 -all",
            "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all",
            "v=spf1 ip4:202.0.0.0/7 -all",
            "v=spf1 a/0 -all",
            "v=spf1 mx/4 -all",
            "v=spf1 a:b.fi/7//64 -all",
            "v=spf1 include:wide.fi -all",
            "v=spf1 redirect=wide.fi",
            "v=spf1 include:deep.fi ?all",
            "v=spf1 ?include:none.wide.fi +all",
            "v=spf1 exists:acme.fi -all",
        ],
    )
    def test_a_pass_that_half_the_world_gets_does_not_count(self, record):
        more = {
            "acme.fi A": ["192.0.2.1"],
            "acme.fi MX": ["10 b.fi"],
            "b.fi A": ["203.0.113.9", "192.0.2.1"],
            "wide.fi TXT": ["v=spf1 -ip4:10.0.0.0/8 +all"],
            "none.wide.fi TXT": ["v=spf1 -all"],
            "deep.fi TXT": ["v=spf1 redirect=wide.fi"],
        }
        finding = found_by(record, more=more)
        assert (finding.result, finding.counts) == (Result.PASS, False)
        assert finding.why.startswith(
            "the SPF record of acme.fi names 203.0.113.7 only among half the world (mechanism "
        )

    @pytest.mark.parametrize(
        "record", ["v=spf1 ip6:::/0", "v=spf1 ip6:2000::/3", "v=spf1 ip6:2001::/15", "v=spf1 a//8"]
    )
    def test_nor_does_one_of_many_ip6_networks(self, record):
        finding = found_by(record, client=CLIENT6, more={"acme.fi AAAA": ["2001:1::1"]})
        assert (finding.result, finding.counts) == (Result.PASS, False)

    @pytest.mark.parametrize(
        ("record", "client"),
        [
            ("v=spf1 ip4:203.0.0.0/8 -all", CLIENT),
            ("v=spf1 ip6:2001::/16 -all", CLIENT6),
            ("v=spf1 ip4:203.0.113.7 +all", CLIENT),
            ("v=spf1 include:wide.fi ip4:203.0.113.7 -all", CLIENT),
            ("v=spf1 -ip4:10.0.0.0/1 ?ip4:11.0.0.0/2 ip4:203.0.113.7 ~all", CLIENT),
            ("v=spf1 exists:%{i}._spf.acme.fi -all", CLIENT),
        ],
    )
    def test_a_record_that_names_the_client_more_closely_counts(self, record, client):
        more = {"wide.fi TXT": ["v=spf1 +all"], "203.0.113.7._spf.acme.fi A": ["127.0.0.2"]}
        finding = found_by(record, client=client, more=more)
        assert (finding.result, finding.counts) == (Result.PASS, True)

    def test_what_would_count_but_has_no_answer_now_is_open(self):
        finding = found_by(
            "v=spf1 include:wide.fi include:b.fi", more={"wide.fi TXT": ["v=spf1 all"]}, failing={"b.fi"}
        )
        assert finding.result is Result.TEMPERROR

    def test_nothing_is_looked_up_twice(self):
        zone = Zone({"acme.fi TXT": ["v=spf1 include:wide.fi a -all"], "wide.fi TXT": ["v=spf1 all"]})
        check_spf(CLIENT, SENDER, HELO, zone)
        assert zone.asked == ["acme.fi txt", "wide.fi txt", "acme.fi a"]


class TestDns:
    @pytest.mark.parametrize("failing", ["acme.fi", "b.fi", "mx.b.fi"])
    def test_no_answer_is_open(self, failing):
        more = {"b.fi TXT": ["v=spf1 mx -all"], "b.fi MX": ["10 mx.b.fi"]}
        finding = found_by("v=spf1 include:b.fi -all", more=more, failing={failing})
        assert (finding.result, finding.counts) == (Result.TEMPERROR, False)
        assert finding.why.startswith("SPF of acme.fi cannot be evaluated now: no answer for ")

    def test_a_domain_that_does_not_exist_has_no_record(self):
        assert found({}).why == "acme.fi publishes no SPF record"

    def test_two_records_are_none(self):
        finding = found({"acme.fi TXT": ["v=spf1 +all", "v=spf1 ip4:203.0.113.7 -all"]})
        assert finding.result is Result.PERMERROR
        assert finding.why.endswith("Two or more type TXT spf records found")

    @pytest.mark.parametrize(
        "more",
        [
            {"acme.fi TXT": ["v=spf1 include:acme.fi +all"]},
            {"acme.fi TXT": ["v=spf1 include:b.fi"], "b.fi TXT": ["v=spf1 include:acme.fi +all"]},
            {"acme.fi TXT": ["v=spf1 redirect=acme.fi"]},
            {"acme.fi TXT": ["v=spf1 redirect=b.fi"], "b.fi TXT": ["v=spf1 redirect=acme.fi"]},
            {"acme.fi TXT": ["v=spf1 " + "include:b.fi " * 11], "b.fi TXT": ["v=spf1 ?all"]},
        ],
    )
    def test_a_record_that_leads_in_circles_ends(self, more):
        zone = Zone(more)
        assert check_spf(CLIENT, SENDER, HELO, zone).result is Result.PERMERROR
        assert len(zone.asked) <= 2

    def test_a_message_with_its_look_ups_spent_has_no_evidence_and_no_delay(self):
        class Spent(Zone):
            def lookup(self, name, kind):
                if len(self.asked) == 2:
                    raise QueryBudgetSpent("no more")
                return super().lookup(name, kind)

        zone = Spent({"acme.fi TXT": ["v=spf1 a a:b.fi a:c.fi ip4:203.0.113.7"], "acme.fi A": ["192.0.2.1"]})
        finding = check_spf(CLIENT, SENDER, HELO, zone)
        assert finding.result is Result.PERMERROR
        assert finding.why.endswith("more look-ups than DNS_QUERY_BUDGET allows")

    @pytest.mark.parametrize(
        "record", ["v=spf1 ptr ip4:203.0.113.7 -all", "v=spf1 exists:%{p}.b.fi ip4:203.0.113.7 -all"]
    )
    def test_a_client_whose_own_names_have_no_answer_may_be_named_otherwise(self, record):
        finding = found_by(record, failing={"7.113.0.203.in-addr.arpa"})
        assert (finding.result, finding.counts) == (Result.PASS, True)

    def test_but_where_its_names_could_have_proven_it_that_is_open(self):
        finding = found_by("v=spf1 ptr -all", failing={"7.113.0.203.in-addr.arpa"})
        assert finding.result is Result.TEMPERROR

    @pytest.mark.parametrize("modifier", ["exp=%{p}.why.acme.fi", "exp=why.acme.fi", "foo=%{P}"])
    def test_a_modifier_that_decides_nothing_is_not_looked_up(self, modifier):
        zone = Zone({"acme.fi TXT": [f"v=spf1 -all {modifier}"]}, {"why.acme.fi", "7.113.0.203.in-addr.arpa"})
        assert check_spf(CLIENT, SENDER, HELO, zone).result is Result.FAIL
        assert zone.asked == ["acme.fi txt"]

    def test_but_its_syntax_is_checked(self):
        assert found_by("v=spf1 ip4:203.0.113.7 exp=%{x}.acme.fi").result is Result.PERMERROR

    def test_names_without_an_ip6_address_do_not_use_up_what_a_record_may_miss(self):
        record = "v=spf1 a mx a:b.fi a:c.fi ip6:2001:db8::/32 -all"
        assert found_by(record, client=CLIENT6, more={"acme.fi MX": ["10 mx.fi"]}).result is Result.PASS

    @pytest.mark.parametrize("exchange", ["0 .", "0 ", "10 " + "x" * 64 + ".fi"])
    def test_a_mail_exchanger_that_is_no_name_is_not_looked_up(self, exchange):
        zone = Zone({"acme.fi TXT": ["v=spf1 mx -all"], "acme.fi MX": [exchange]})
        assert check_spf(CLIENT, SENDER, HELO, zone).result is Result.FAIL
        assert zone.asked == ["acme.fi txt", "acme.fi mx"]


class TestNothingEscapes:
    @pytest.mark.parametrize(
        "strings",
        [
            [""],
            ["", "v=spf1 -all"],
            ["v=spf1 \xff -all"],
            ["v=spf1 ip4:1.2.3.4\n"],
            ["v=spf1 ip4:1.2.3.444"],
            ["v=spf1 ip6:::g"],
            ["v=spf1 a:%{"],
            ["v=spf1 a:%{}.fi"],
            ["v=spf1 a:%{\x00}.fi"],
            ["v=spf1 a:%{d0}.fi -all"],
            ["v=spf1 a:%{d" + "9" * 490 + "}.fi -all"],
            ["v=spf1 ip4:1.2.3.4/" + "9" * 490],
            ["v=spf1 :"],
            ["v=spf1 + - ? ~"],
            ["v=spf1 a: mx: ptr: include: exists:"],
            ["v=spf1 redirect="],
            ["v=spf1 exp="],
            ["v=spf1 \x00"],
            ["v=spf1 a:" + "a" * 64 + ".fi a:..fi a:.fi -all"],
        ],
    )
    def test_of_a_record_that_is_odd(self, strings):
        finding = found({"acme.fi TXT": strings})
        assert finding.result in {Result.NONE, Result.PERMERROR, Result.FAIL}
        assert not finding.counts

    @pytest.mark.parametrize("error", [AssertionError, IndexError, KeyError, UnicodeError, ValueError])
    def test_of_pyspf_itself(self, monkeypatch, error):
        def check0(*_):
            raise error("some surprise")

        monkeypatch.setattr(spf.query, "check0", check0)
        assert found_by("v=spf1 -all").result is Result.PERMERROR


def filled(part, size=MAX_RECORD, end=" ?all"):
    """The longest record of such parts."""
    return "v=spf1 " + part * ((size - len("v=spf1 " + end)) // len(part)) + end


MANY = {
    "mechanisms": filled("a "),
    "networks": filled("ip4:10.0.0.1/9 "),
    "modifiers": "v=spf1 " + " ".join(f"a{number}=" for number in range(700)),
    "redirects": filled("redirect=b.fi "),
    "escapes": filled("%%."),
    "escapes in parts": filled("a:" + "%%." * 160 + "fi "),
    "open braces": filled("a:" + "%{" * 250 + ".fi "),
    "macros of the sender": filled("exists:" + "%{S}" * 120 + ".fi "),
    "reversed macros": filled("foo=" + "%{LR-}" * 80 + " "),
    "top labels": filled("a:." + "a" * 505 + "! "),
    "top labels in one part": filled("a:." + "a" * 4000 + "! "),
    "hyphens": filled("a:." + "a-" * 250 + "! "),
    "ip6": filled("ip6:" + "1:" * 250 + " "),
    "prefixes": filled("a/" + "1" * 490 + " "),
}


class TestTime:
    @pytest.mark.parametrize("record", MANY.values(), ids=MANY)
    def test_no_record_takes_long(self, record):
        assert len(record) <= MAX_RECORD
        with cpu_within(1):
            finding = found_by(record, mail_from="-".join("a" * 128) + "@acme.fi", more={"acme.fi A": ["192.0.2.1"]})
        assert not finding.counts

    def test_nor_do_the_records_that_it_includes(self):
        includes = "v=spf1 " + " ".join(f"include:b{number}.fi" for number in range(10)) + " +all"
        zone = {f"b{number}.fi TXT": [MANY["modifiers"]] for number in range(10)}
        with cpu_within(1):
            finding = found_by(includes, more=zone)
        assert finding.why.endswith("is too long")

    @pytest.mark.parametrize("asked", [{"helo": "x." * 500_000}, {"mail_from": "anna@" + "ä" * 500_000}])
    def test_nor_does_a_name_that_is_none(self, asked):
        with cpu_within(1):
            found_by("v=spf1 exists:" + "%{h}" * 90 + ".fi ?all", **asked)

    def test_a_record_full_of_macros_is_not_evaluated(self):
        assert found_by("v=spf1 ip4:203.0.113.7 foo=" + "%%." * 50).result is Result.PASS
        assert found_by("v=spf1 ip4:203.0.113.7 foo=" + "%%." * 51).why.endswith("too many macros")

    def test_a_longer_record_is_not_evaluated(self):
        longest = filled("ip4:203.0.113.7 ", end="" + " " * 3)
        assert found_by(longest[:MAX_RECORD]).result is Result.PASS
        assert found_by(longest.ljust(MAX_RECORD + 1)).result is Result.PERMERROR

    def test_other_records_of_the_domain_may_be_longer(self):
        assert found({"acme.fi TXT": ["x" * 9000, "v=spf1 ip4:203.0.113.7"]}).counts

    def test_names_with_very_many_addresses_are_not_evaluated(self):
        exchanges = {
            f"mx{number}.fi A": [f"10.{number}.{n // 250}.{n % 250}" for n in range(2000)] for number in range(10)
        }
        more = {"acme.fi MX": [f"10 mx{number}.fi" for number in range(10)]} | exchanges
        with cpu_within(1):
            assert found_by("v=spf1 mx ip4:203.0.113.7", more=more).result is Result.PERMERROR

    def test_the_clients_names_are_looked_up_once(self):
        zone = Zone(
            {
                "acme.fi TXT": ["v=spf1 " + "ptr:b.fi " * 10],
                "7.113.0.203.in-addr.arpa PTR": [f"h{n}.fi" for n in range(99)],
            }
            | {f"h{n}.fi A": [f"10.0.{n}.{last}" for last in range(200)] for n in range(99)}
        )
        assert check_spf(CLIENT, SENDER, HELO, zone).result is Result.NEUTRAL
        assert len(zone.asked) == 12
