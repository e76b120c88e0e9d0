from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.notices.message_id import is_ours, notice_id

KEY = bytes(range(32))


@dataclass(frozen=True, kw_only=True)
class Refusal:
    identity: str = field(default="f" * 64)
    reason: str = "recipient-invalid"
    address: str = "9999.mycompany@in.example.com"

    def id(self, key: bytes = KEY, domain: str = "in.example.com") -> str:
        return notice_id(key, self.identity, self.reason, self.address, domain)


def test_the_same_refusal_has_the_same_id_for_ever():
    assert Refusal().id() == Refusal().id() == "urbgayqu5vjvedvy.ocnsbyjxo42uzjbo@in.example.com"


@pytest.mark.parametrize(
    "other",
    [Refusal(identity="e" * 64), Refusal(reason="retired-address"), Refusal(address="9998.mycompany@in.example.com")],
)
def test_another_refusal_has_another_id(other):
    assert other.id() != Refusal().id()


def test_what_belongs_to_one_word_never_passes_for_the_next():
    assert Refusal(reason="a", address="bc").id() != Refusal(reason="ab", address="c").id()


@given(st.binary(min_size=1, max_size=64), st.text(), st.text(), st.text())
def test_every_id_is_known_again_and_fits_into_a_line(key, identity, reason, address):
    made = notice_id(key, identity, reason, address, "in.example.com")
    assert is_ours(made, key)
    assert len(f"Message-ID: <{made}>") <= 78


@pytest.mark.parametrize("domain", ["in.example.com", "other.example", "[192.0.2.1]"])
def test_the_domain_does_not_matter(domain):
    assert is_ours(Refusal().id(domain=domain), KEY)


def test_a_gateway_may_change_the_case():
    assert is_ours(Refusal().id().upper(), KEY)


def test_an_id_made_with_another_key_is_not_ours():
    assert not is_ours(Refusal().id(b"another"), KEY)


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.replace("@", "a@"),
        lambda made: "a" + made,
        lambda made: made.replace(".", "", 1),
        lambda made: made.partition("@")[0],
        lambda made: ".".join(reversed(made.partition("@")[0].split("."))) + "@in.example.com",
        lambda made: made[:17] + "a" * 16 + made[33:],
        lambda made: f"<{made}>",
    ],
)
def test_an_id_that_is_like_ours_is_not(change):
    assert not is_ours(change(Refusal().id()), KEY)


@given(st.text())
def test_no_text_is_ours_by_chance_and_none_raises(text):
    assert not is_ours(text, KEY)
