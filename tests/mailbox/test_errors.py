import pytest

from poller.errors import LoginRefused, Transient
from poller.mailbox.errors import CommandRefused, CommandRejected, response_code


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


@pytest.mark.parametrize("error", [LoginRefused("x"), CommandRefused("x", code=None), CommandRejected("x")])
def test_all_that_a_server_refuses_can_be_tried_later(error):
    assert isinstance(error, Transient)
    assert str(error) == "x"
