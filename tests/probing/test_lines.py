"""Settings -> the lines that a settings file needs for them."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from poller.probing.lines import lines_of
from poller.settings import AuthSource, Provider
from poller.settings.model import WITHOUT_ID
from tests.authentication.making import auth
from tests.probing.test_way import as_set_for

HEADERS = ("x-original-to", "delivered-to")


@pytest.mark.parametrize(
    ("proposed", "lines"),
    [
        (auth(), ["MAIL_PROVIDER=generic", "OUR_MTA_NAMES=mx.example.com"]),
        (auth(provider=Provider.POSTFIX), ["MAIL_PROVIDER=postfix *", "OUR_MTA_NAMES=mx.example.com"]),
        (auth(our_mta_names=("a", ".b")), ["MAIL_PROVIDER=generic", "OUR_MTA_NAMES=a .b *"]),
        (auth(our_mta_names=()), ["MAIL_PROVIDER=generic", "OUR_MTA_NAMES= *"]),
        (as_set_for(Provider.GMAIL), ["MAIL_PROVIDER=gmail *", "OUR_MTA_NAMES= *"]),
        (as_set_for(Provider.M365), ["MAIL_PROVIDER=m365 *", "OUR_MTA_NAMES= *"]),
        (as_set_for(Provider.FASTMAIL), ["MAIL_PROVIDER=fastmail *", "OUR_MTA_NAMES= *"]),
        (
            auth(trusted_relays=(ip_network("10.0.0.0/8"), ip_network("2001:db8::5"))),
            ["MAIL_PROVIDER=generic", "OUR_MTA_NAMES=mx.example.com", "TRUSTED_RELAYS=10.0.0.0/8 2001:db8::5 *"],
        ),
        (
            auth(source=AuthSource.BOTH, authserv_ids=("mx.example.com",)),
            [
                "MAIL_PROVIDER=generic",
                "OUR_MTA_NAMES=mx.example.com",
                "AUTH_SOURCE=both *",
                "TRUSTED_AUTHSERV_ID=mx.example.com *",
                "AUTHRES_MTA_STAMPS_ALWAYS=true *",
            ],
        ),
    ],
)
def test_each_line_is_marked_where_it_is_not_set_so(proposed, lines):
    found = lines_of(auth(), proposed, HEADERS, HEADERS)
    assert [f"{line}{' *' if line.differs else ''}" for line in found] == lines


def test_a_source_of_the_administrator_s_own_is_kept_with_a_provider_that_has_another():
    now = as_set_for(Provider.M365)
    assert now.authserv_ids == (WITHOUT_ID,)
    assert [str(line) for line in lines_of(now, now, (), ())] == ["MAIL_PROVIDER=m365"]
    chosen = auth(provider=Provider.M365, source=AuthSource.COMPUTE)
    assert "AUTH_SOURCE=compute" in [str(line) for line in lines_of(chosen, chosen, (), ())]


def test_the_recipient_headers_are_a_line_only_where_they_change():
    told = [str(line) for line in lines_of(auth(), auth(), HEADERS, ("x-real-to", *HEADERS)) if line.differs]
    assert told == ["RECIPIENT_HEADERS=x-real-to x-original-to delivered-to"]
