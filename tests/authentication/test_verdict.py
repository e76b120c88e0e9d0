from poller.authentication.verdict import Mechanism, authenticate


def test_as_long_as_nothing_is_verified_everything_is_accepted_and_marked_so() -> None:
    found = authenticate()
    assert found.accepted
    assert found.unverified
    assert (found.spf, found.dkim, found.dmarc, found.domain, found.selector) == ("none", "none", "none", None, None)
    assert found.evidence is Mechanism.NONE
