import pytest

from poller.errors import LoginRefused, Transient
from poller.mailbox.errors import CommandRefused, CommandRejected, response_code, tells_unavailable


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[TRYCREATE] No such mailbox", "TRYCREATE"),
        ("[AUTHENTICATIONFAILED]", "AUTHENTICATIONFAILED"),
        ("[OVERQUOTA]no blank", "OVERQUOTA"),
        ("[BADCHARSET (UTF-8)] what", "BADCHARSET"),
        ("[NEWNAME old new] renamed", "NEWNAME"),
        ("[UNKNOWN-CTE] cannot decode", "UNKNOWN-CTE"),
        ("no code", None),
        ("later [INUSE]", None),
        ("[]", None),
        ("[INUSE", None),
        ("", None),
    ],
)
def test_a_response_code_stands_first_in_brackets(text, code):
    assert response_code(text) == code


@pytest.mark.parametrize(
    ("text", "unavailable"),
    [
        ("[UNAVAILABLE] User's mail server is away", True),
        ("[INUSE] in use", True),
        ("User is authenticated but not connected.", True),
        ("command error: BAD User is authenticated but not connected", True),
        ("AccessTokenExpired", True),
        ("Session invalidated - AccessTokenExpired", True),
        ("Request is throttled. Suggested Backoff Time: 9000 milliseconds", True),
        ("[THROTTLED] slowly", True),
        ("[ALERT] Too many simultaneous connections. (Failure)", True),
        ("Account exceeded command or bandwidth limits. (Failure)", True),
        ("[OVERQUOTA] full", False),
        ("[LIMIT] too many flags", False),
        ("[TRYCREATE] no such folder", False),
        ("Unavailable message", False),
    ],
)
def test_words_about_the_session_are_told_from_words_about_a_command(text, unavailable):
    assert tells_unavailable(text) is unavailable


@pytest.mark.parametrize("error", [LoginRefused("x"), CommandRefused("x", code=None), CommandRejected("x")])
def test_all_that_a_server_refuses_can_be_tried_later(error):
    assert isinstance(error, Transient)
    assert str(error) == "x"
