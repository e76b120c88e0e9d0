"""Who may speak for whom: RFC 9989's rules below the cap of the public-suffix list, and what they cost in look-ups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication.dmarc import Alignment
from poller.authentication.dns import QueryBudgetSpent, RecordType
from poller.authentication.findings import Result
from tests.authentication.making import Zone

PLAIN = "v=DMARC1; p=none"
REJECT = "v=DMARC1; p=reject"
ORGANIZATION = "v=DMARC1; p=none; psd=n"
REGISTRY = "v=DMARC1; p=none; psd=y"
STRICT = "v=DMARC1; p=none; adkim=s; aspf=s"


def zone(records: dict[str, str | list[str]] | None = None, failing: tuple[str, ...] = ()) -> Zone:
    """DMARC records by the domain that they stand below; `failing` likewise."""
    texts = {domain: [found] if isinstance(found, str) else found for domain, found in (records or {}).items()}
    return Zone(
        {f"_dmarc.{domain} TXT": found for domain, found in texts.items()},
        [f"_dmarc.{domain}" for domain in failing],
    )


def asked(found: Zone) -> list[str]:
    """The domains whose DMARC record was asked for."""
    return [question.removeprefix("_dmarc.").removesuffix(" txt") for question in found.asked]


def aligned(author: str, domain: str, resolver: Zone, *, spf: bool = False) -> bool | None:
    return Alignment(author, resolver).judge(domain, strict_by_spf=spf).aligned


class TestWithoutAnyLookUp:
    @pytest.mark.parametrize("domain", ["acme.fi", "crm.acme.fi", "fi", "co.uk", "github.io", "xn--kknen-fraa0m.fi"])
    def test_a_domain_speaks_for_itself(self, domain: str) -> None:
        resolver = zone(failing=("acme.fi", "fi"))
        assert Alignment(domain, resolver).could_align(domain)
        assert aligned(domain, domain, resolver) is True
        assert asked(resolver) == []

    @pytest.mark.parametrize(
        ("author", "domain"),
        [
            ("acme.fi", "evilacme.fi"), ("acme.fi", "acme.fi.evil.example"), ("acme.fi", "acme.com"),
            ("acme.fi", "cme.fi"),
            ("evilacme.fi", "acme.fi"), ("acme.fi", "fi"), ("acme.co.uk", "co.uk"), ("acme.co.uk", "globex.co.uk"),
            ("acme.co.uk", "uk"), ("acme.github.io", "github.io"), ("acme.github.io", "globex.github.io"),
            ("github.io", "acme.github.io"), ("co.uk", "acme.co.uk"), ("fi", "acme.fi"), ("acme.fi", "localhost"),
            ("www.ck", "test.ck"), ("acme.b.kobe.jp", "acme.c.kobe.jp"), ("acme.unlisted", "unlisted"),
            ("acme.blogspot.com", "blogspot.com"), ("acme.fi", ""), ("acme.fi", "."),
            ("acme.fi", "xn--cme-8cd.fi"), ("xn--cme-8cd.fi", "acme.fi"), ("xn--kknen-fraa0m.fi", "aakkonen.fi"),
        ],
    )  # fmt: skip
    def test_domains_of_two_owners_never_speak_for_each_other(self, author: str, domain: str) -> None:
        resolver = zone({"fi": PLAIN, "co.uk": PLAIN, "github.io": PLAIN, "uk": ORGANIZATION})
        assert not Alignment(author, resolver).could_align(domain)
        assert aligned(author, domain, resolver) is False
        assert asked(resolver) == []

    @pytest.mark.parametrize(
        ("author", "domain", "why"),
        [
            ("acme.fi", "acme.fi", "acme.fi is the author's own domain"),
            ("crm.acme.fi", "evil.fi", "evil.fi does not belong to acme.fi, and so does not speak for crm.acme.fi"),
            ("acme.fi", "fi", "fi is a public suffix, which speaks for no other domain, and so not for acme.fi"),
            ("co.uk", "a.co.uk", "co.uk is a public suffix, for which no other domain speaks, and so a.co.uk does not"),
        ],
    )  # fmt: skip
    def test_the_reason_names_the_domains(self, author: str, domain: str, why: str) -> None:
        assert Alignment(author, zone()).judge(domain, strict_by_spf=False).why == why

    def test_a_long_name_is_not_repeated_whole(self) -> None:
        author, domain = ("x." * 120 + name for name in ("acme.fi", "evil.fi"))
        assert len(Alignment(author, zone()).judge(domain, strict_by_spf=False).why) < 350


@pytest.mark.parametrize(
    ("author", "domain", "records", "result", "questions"),
    [
        # No record anywhere: the public-suffix list's organizational domain. An author below it costs its own suffix.
        ("acme.fi", "mail.acme.fi", {}, True, "acme.fi fi mail.acme.fi"),
        ("crm.acme.fi", "acme.fi", {}, True, "crm.acme.fi acme.fi fi"),
        ("crm.acme.fi", "mail.acme.fi", {}, True, "crm.acme.fi acme.fi fi mail.acme.fi"),
        ("a.b.acme.co.uk", "c.acme.co.uk", {}, True, "a.b.acme.co.uk b.acme.co.uk acme.co.uk co.uk uk c.acme.co.uk"),
        ("a.acme.github.io", "acme.github.io", {}, True, "a.acme.github.io acme.github.io github.io io"),
        # RFC 9989, 4.4: foo.example.com and news.example.com.
        ("news.example.com", "foo.example.com", {"example.com": REJECT}, True,
         "news.example.com example.com foo.example.com"),
        ("example.com", "cbg.bounces.example.com", {"example.com": REJECT}, True,
         "example.com cbg.bounces.example.com bounces.example.com"),
        ("example.com", "mail.example.com", {"example.com": REJECT}, True, "example.com mail.example.com"),
        ("mail.example.com", "example.com", {"mail.example.com": REJECT, "example.com": REJECT}, True,
         "mail.example.com example.com"),
        # RFC 9989, 4.10.2: the record of the shortest name counts.
        ("a.mail.example.com", "example.com", {"mail.example.com": PLAIN, "example.com": PLAIN}, True,
         "a.mail.example.com mail.example.com example.com"),
        ("a.mail.example.com", "mail.example.com", {"mail.example.com": PLAIN}, True,
         "a.mail.example.com mail.example.com example.com"),
        # psd=n starts an organization of its own, in both directions.
        ("a.mail.example.com", "example.com", {"mail.example.com": ORGANIZATION, "example.com": PLAIN}, False,
         "a.mail.example.com mail.example.com"),
        ("example.com", "mail.example.com", {"mail.example.com": ORGANIZATION, "example.com": PLAIN}, False,
         "example.com mail.example.com"),
        ("a.mail.example.com", "b.mail.example.com", {"mail.example.com": ORGANIZATION, "example.com": PLAIN}, True,
         "a.mail.example.com mail.example.com b.mail.example.com"),
        # psd=y: what is one label below it is an organization.
        ("a.mail.example.com", "b.mail.example.com", {"example.com": REGISTRY}, True,
         "a.mail.example.com mail.example.com example.com b.mail.example.com"),
        ("mail.example.com", "news.example.com", {"example.com": REGISTRY}, False,
         "mail.example.com example.com news.example.com"),
        ("mail.example.com", "example.com", {"example.com": REGISTRY}, False, "mail.example.com example.com"),
        ("example.com", "mail.example.com", {"example.com": REGISTRY}, False, "example.com mail.example.com"),
        ("a.mail.example.com", "mail.example.com", {"com": REGISTRY}, True,
         "a.mail.example.com mail.example.com example.com com"),
        ("a.example.com", "b.example.com", {"com": PLAIN}, True, "a.example.com example.com com b.example.com"),
        ("a.example.com", "b.example.com", {"example.com": PLAIN, "com": ORGANIZATION}, True,
         "a.example.com example.com b.example.com"),
        # A subdomain with a record of its own, below a domain without one, is an organization of its own.
        ("acme.fi", "mail.acme.fi", {"mail.acme.fi": PLAIN}, False, "acme.fi fi mail.acme.fi"),
        ("mail.acme.fi", "acme.fi", {"mail.acme.fi": PLAIN}, False, "mail.acme.fi acme.fi"),
        # Several records are as good as none; other texts and records that are too long are none.
        ("acme.fi", "mail.acme.fi", {"acme.fi": [STRICT, PLAIN]}, True, "acme.fi fi mail.acme.fi"),
        ("acme.fi", "mail.acme.fi", {"mail.acme.fi": [ORGANIZATION, ORGANIZATION], "acme.fi": PLAIN}, True,
         "acme.fi mail.acme.fi"),
        ("acme.fi", "mail.acme.fi", {"acme.fi": ["some text", STRICT]}, False, "acme.fi"),
        ("acme.fi", "mail.acme.fi", {"acme.fi": [STRICT + ";" * 5000, PLAIN]}, True, "acme.fi mail.acme.fi"),
    ],
)  # fmt: skip
def test_domains_of_one_owner_are_aligned_where_their_records_let_them(
    author: str, domain: str, records: dict[str, str | list[str]], result: bool, questions: str
) -> None:
    resolver = zone(records)
    assert aligned(author, domain, resolver) is result
    assert asked(resolver) == questions.split()


class TestStrict:
    @pytest.mark.parametrize(
        ("tags", "dkim", "spf"),
        [
            ("", True, True),
            ("adkim=s", False, True),
            ("aspf=s", True, False),
            ("adkim=s; aspf=s", False, False),
            ("adkim=r; aspf=r", True, True),
            ("p=reject; sp=reject; adkim=r", True, True),
        ],
    )
    @pytest.mark.parametrize(("author", "domain"), [("acme.fi", "mail.acme.fi"), ("crm.acme.fi", "acme.fi")])
    def test_the_mode_of_each_mechanism_is_honoured(
        self, author: str, domain: str, tags: str, dkim: bool, spf: bool
    ) -> None:
        alignment = Alignment(author, zone({"acme.fi": f"v=DMARC1; p=none; {tags}"}))
        assert alignment.judge(domain, strict_by_spf=False).aligned is dkim
        assert alignment.judge(domain, strict_by_spf=True).aligned is spf
        assert alignment.judge(author, strict_by_spf=True).aligned is True

    def test_the_record_of_the_author_domain_counts_and_not_that_of_the_domain_above_it(self) -> None:
        records = {"crm.acme.fi": PLAIN, "acme.fi": STRICT}
        assert aligned("crm.acme.fi", "acme.fi", zone(records)) is True
        assert aligned("acme.fi", "crm.acme.fi", zone(records)) is False

    def test_a_registry_may_ask_for_it_where_its_domains_say_nothing(self) -> None:
        assert aligned("acme.bank", "mail.acme.bank", zone({"bank": f"{REGISTRY}; adkim=s"})) is False
        assert (
            aligned("acme.bank", "mail.acme.bank", zone({"bank": f"{REGISTRY}; adkim=s", "acme.bank": PLAIN})) is True
        )

    def test_the_reason_names_the_record_and_the_tag(self) -> None:
        found = Alignment("crm.acme.fi", zone({"acme.fi": STRICT})).judge("mail.acme.fi", strict_by_spf=True)
        assert found.why == (
            "the DMARC record of acme.fi (aspf=s) lets no other domain speak for crm.acme.fi, and so not mail.acme.fi"
        )


class TestFailures:
    @pytest.mark.parametrize(
        ("author", "domain", "failing"),
        [
            ("acme.fi", "mail.acme.fi", "acme.fi"),
            ("acme.fi", "mail.acme.fi", "mail.acme.fi"),
            ("crm.acme.fi", "acme.fi", "crm.acme.fi"),
            ("crm.acme.fi", "acme.fi", "acme.fi"),
            ("crm.acme.fi", "a.b.acme.fi", "b.acme.fi"),
            ("acme.fi", "mail.acme.fi", "fi"),
        ],
    )
    def test_a_record_that_may_decide_and_cannot_be_had_leaves_it_open(
        self, author: str, domain: str, failing: str
    ) -> None:
        found = Alignment(author, zone(failing=(failing,))).judge(domain, strict_by_spf=False)
        assert found.aligned is None
        assert f"no answer about the DMARC record of {failing}" in found.why

    def test_one_that_decides_nothing_is_not_asked_for(self) -> None:
        resolver = zone({"acme.fi": PLAIN, "mail.acme.fi": ORGANIZATION}, failing=("fi",))
        assert aligned("acme.fi", "mail.acme.fi", resolver) is False
        assert aligned("acme.fi", "news.acme.fi", zone({"acme.fi": PLAIN}, failing=("fi",))) is True

    def test_a_strict_record_decides_although_others_fail(self) -> None:
        assert aligned("crm.acme.fi", "acme.fi", zone({"crm.acme.fi": STRICT}, failing=("acme.fi",))) is False

    def test_a_name_that_fails_is_asked_for_once(self) -> None:
        resolver = zone(failing=("acme.fi",))
        alignment = Alignment("acme.fi", resolver)
        assert {alignment.judge(f"{name}.acme.fi", strict_by_spf=False).aligned for name in "abc"} == {None}
        assert alignment.policy(passed=None).result is Result.TEMPERROR
        assert asked(resolver) == ["acme.fi"]

    def test_a_budget_that_is_spent_is_no_evidence_and_leaves_nothing_open(self) -> None:
        class Spent:
            def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
                raise QueryBudgetSpent

        alignment = Alignment("acme.fi", Spent())
        found = alignment.judge("mail.acme.fi", strict_by_spf=False)
        assert found.aligned is False
        assert found.why == (
            "whether mail.acme.fi speaks for acme.fi cannot be told: it takes too many look-ups to find the DMARC"
            " record of acme.fi"
        )
        assert alignment.policy(passed=False).result is Result.PERMERROR
        assert alignment.judge("acme.fi", strict_by_spf=False).aligned is True


class TestLongNames:
    def test_eight_look_ups_are_the_most_that_a_policy_takes(self) -> None:
        resolver = zone()
        author = "a.b.c.d.e.f.g.h.i.j.mail.example.com"
        assert Alignment(author, resolver).policy(passed=False).result is Result.NONE
        assert asked(resolver) == [
            author, "g.h.i.j.mail.example.com", "h.i.j.mail.example.com", "i.j.mail.example.com", "j.mail.example.com",
            "mail.example.com", "example.com", "com",
        ]  # fmt: skip

    @pytest.mark.parametrize(("labels", "questions"), [(2, 2), (3, 3), (7, 7), (8, 8), (9, 8), (120, 8)])
    def test_the_number_of_look_ups_by_the_number_of_labels(self, labels: int, questions: int) -> None:
        resolver = zone()
        Alignment("x." * (labels - 2) + "acme.fi", resolver).policy(passed=False)
        assert len(asked(resolver)) == len(set(asked(resolver))) == questions

    def test_two_long_names_of_one_owner_share_what_is_above_them(self) -> None:
        resolver = zone()
        author, domain = f"{'a.' * 60}x.acme.fi", f"{'b.' * 60}x.acme.fi"
        assert aligned(author, domain, resolver) is True
        assert len(asked(resolver)) == 8 + 5

    def test_eight_signatures_of_one_owner_stay_within_the_budget(self) -> None:
        resolver = zone()
        alignment = Alignment("acme.fi", resolver)
        for name in "abcdefgh":
            assert alignment.judge(f"{name * 5}.{name}.acme.fi", strict_by_spf=False).aligned is True
        assert len(asked(resolver)) == 2 + 8 * 2

    def test_a_record_between_that_is_never_asked_for_does_not_count(self) -> None:
        """RFC 9989, 5.1.8: the zone cut of a long name is not found."""
        records = {"example.com": PLAIN, "b.c.d.e.f.g.example.com": ORGANIZATION}
        assert aligned("mail.a.b.c.d.e.f.g.example.com", "example.com", zone(records)) is True

    def test_below_a_psd_of_a_long_name_the_organization_is_one_label_longer(self) -> None:
        records = {"c.d.e.f.g.example.com": REGISTRY}
        long = "mail.a.b.c.d.e.f.g.example.com"
        assert aligned(long, "other.b.c.d.e.f.g.example.com", zone(records)) is True
        assert aligned(long, "other.x.c.d.e.f.g.example.com", zone(records)) is False
        assert aligned(long, "c.d.e.f.g.example.com", zone(records)) is False


class TestPolicy:
    @pytest.mark.parametrize(
        ("author", "records", "where", "questions"),
        [
            ("acme.fi", {"acme.fi": STRICT}, "acme.fi", "acme.fi"),
            ("crm.acme.fi", {"crm.acme.fi": STRICT, "acme.fi": PLAIN}, "crm.acme.fi", "crm.acme.fi"),
            ("crm.acme.fi", {"acme.fi": STRICT}, "acme.fi", "crm.acme.fi acme.fi"),
            ("a.crm.acme.fi", {"crm.acme.fi": PLAIN, "acme.fi": STRICT}, "acme.fi",
             "a.crm.acme.fi crm.acme.fi acme.fi"),
            ("a.crm.acme.fi", {"crm.acme.fi": f"{STRICT}; psd=n", "acme.fi": PLAIN}, "crm.acme.fi",
             "a.crm.acme.fi crm.acme.fi"),
            ("crm.acme.fi", {"acme.fi": f"{STRICT}; psd=y"}, "acme.fi", "crm.acme.fi acme.fi"),
            ("acme.fi", {"fi": f"{STRICT}; psd=y"}, "fi", "acme.fi fi"),
            ("acme.co.uk", {"co.uk": f"{STRICT}; psd=y", "uk": PLAIN}, "co.uk", "acme.co.uk co.uk"),
            ("co.uk", {"uk": f"{STRICT}; psd=y"}, "uk", "co.uk uk"),
            ("acme.fi", {"crm.acme.fi": STRICT, "evil.example": STRICT}, None, "acme.fi fi"),
        ],
    )  # fmt: skip
    def test_it_is_the_author_domains_else_its_organizations_else_its_registrys(
        self, author: str, records: dict[str, str], where: str | None, questions: str
    ) -> None:
        resolver = zone(records)
        found = Alignment(author, resolver).policy(passed=True)
        assert (found.domain, found.result) == (where, Result.PASS if where else Result.NONE)
        assert found.strict_dkim == found.strict_spf == bool(where)
        assert asked(resolver) == questions.split()

    @pytest.mark.parametrize(
        ("passed", "record", "result", "why"),
        [
            (True, REJECT, "pass", "applies to acme.fi, and what passed is aligned"),
            (False, PLAIN, "fail", "applies to acme.fi, and nothing that passed is aligned"),
            (None, PLAIN, "temperror", "applies to acme.fi, and what might have passed failed temporarily"),
            (True, "v=spf1 -all", "none", "there is no DMARC record for acme.fi"),
            (False, "v=spf1 -all", "none", "there is no DMARC record for acme.fi"),
        ],
    )
    def test_the_result_word(self, passed: bool | None, record: str, result: str, why: str) -> None:
        found = Alignment("acme.fi", zone({"acme.fi": record})).policy(passed=passed)
        assert found.result == result
        assert found.why.removeprefix("the DMARC record of acme.fi ") == why

    def test_after_the_authors_own_domain_passed_it_costs_one_look_up(self) -> None:
        resolver = zone({"acme.fi": PLAIN})
        alignment = Alignment("acme.fi", resolver)
        assert alignment.judge("acme.fi", strict_by_spf=False).aligned
        assert alignment.policy(passed=True).result is Result.PASS
        assert asked(resolver) == ["acme.fi"]

    def test_where_it_cannot_be_looked_up_nothing_is_known_of_it(self) -> None:
        found = Alignment("acme.fi", zone(failing=("acme.fi",))).policy(passed=True)
        assert (found.result, found.domain, found.strict_dkim) == (Result.TEMPERROR, None, False)
        assert found.why == "the DNS gives no answer about the DMARC record of acme.fi"


NAMES = st.lists(
    st.sampled_from(["acme", "mail", "co", "uk", "fi", "com", "github", "io", "a"]), min_size=1, max_size=9
)
RECORDS = st.sampled_from([PLAIN, ORGANIZATION, REGISTRY, f"{REGISTRY}; psd=n"])


@given(NAMES, NAMES, st.dictionaries(NAMES.map(".".join), RECORDS, max_size=12))
def test_relaxed_alignment_is_symmetric_and_never_crosses_a_public_suffix(
    one: list[str], other: list[str], records: dict[str, str]
) -> None:
    first, second = ".".join(one), ".".join(other)
    resolver = zone(records)
    there, back = (aligned(author, domain, resolver) for author, domain in ((first, second), (second, first)))
    assert there is back
    if there and first != second:
        assert Alignment(first, resolver).could_align(second)
