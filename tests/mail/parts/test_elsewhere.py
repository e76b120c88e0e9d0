from __future__ import annotations

import pytest

from poller.mail.reader import read_message

NOT_FETCHED = "A file is not in the message but elsewhere, and was not fetched: "


@pytest.mark.parametrize(
    ("content_type", "note"),
    [
        (
            'message/partial; id="1@x"; number=2; total=3',
            "This is piece 2 of 3 of a longer message; it is kept as a file.",
        ),
        ('message/partial; id="1@x"; number=2', "This is piece 2 of ? of a longer message; it is kept as a file."),
        ('message/external-body; access-type=URL; URL="http://x.fi/\n a"', f"{NOT_FETCHED}url http://x.fi/ a."),
        (
            "message/external-body; access-type=ANON-FTP; site=ftp.x.fi; directory=pub; name=a.ps",
            f"{NOT_FETCHED}site ftp.x.fi, directory pub, name a.ps.",
        ),
        ("message/external-body", f"{NOT_FETCHED}it is not said where."),
        ("message/rfc822", None),
    ],
)
def test_what_is_not_in_the_message_is_said(content_type, note):
    source = f"From: a@x.fi\nSubject: x\nContent-Type: {content_type}\n\nContent-Type: application/pdf\n\n"
    message = read_message(source.encode())
    assert message.defects == ((note,) if note else ())
    assert len(message.attachments) == 1
