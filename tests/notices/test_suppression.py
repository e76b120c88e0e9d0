from poller.authentication.verdict import authenticate
from poller.notices.suppression import suppressed_by


def test_nothing_is_answered_while_no_author_is_verified() -> None:
    assert suppressed_by(authenticate()) == "Q15"
