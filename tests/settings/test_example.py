"""settings.example.env is the table of keys, and the table is the contract's."""

from __future__ import annotations

from pathlib import Path

import pytest

from poller.settings import load_settings
from poller.settings.example import render_example
from poller.settings.keys import DEFAULTS, TOPICS

EXAMPLE = Path(__file__).parents[2] / "settings.example.env"
CONTRACT = """
FILING_ADDRESS ACTIVITY_TYPE ACTIVITY_STATUS ACTIVITY_TYPE_CALENDAR_SYNC RETIRED_ADDRESSES NOTICE_LANGUAGE
INTEGRATION_ENABLED UNKNOWN_PROJECT DEDICATED_DOMAIN RECIPIENT_HEADERS REQUIRE_USER_AUTHOR MATCH_AUTHOR_CONTACT
MAX_PARTICIPANTS KEEP_SOURCE MAX_ATTACHMENT_SIZE MAX_MESSAGE_SIZE AUTH_POLICY AUTH_DEFER_MAX_AGE NOTIFY_NO_USER
REJECT_ACTION SETTLE START_POLICY POLL_INTERVAL BATCH_SIZE RETAIN_SOURCES RETAIN_LEDGER LOG_FORMAT LOG_LEVEL
FOLDER_FILED FOLDER_REJECTED FOLDER_QUARANTINE FOLDER_REVIEW FOLDER_IGNORED
IMAP_HOST IMAP_PORT IMAP_SECURITY IMAP_USERNAME IMAP_PASSWORD IMAP_PASSWORD_FILE IMAP_FOLDER
OAUTH2_TOKEN_URL OAUTH2_CLIENT_ID OAUTH2_CLIENT_SECRET OAUTH2_CLIENT_SECRET_FILE OAUTH2_REFRESH_TOKEN
OAUTH2_REFRESH_TOKEN_FILE OAUTH2_SCOPE
SMTP_HOST SMTP_PORT SMTP_SECURITY SMTP_USERNAME SMTP_PASSWORD SMTP_PASSWORD_FILE NOTICE_FROM NOTICE_ENVELOPE_FROM
DATABASE_URL FILES_URL DNS_SERVERS DNS_TIMEOUT DNS_QUERY_BUDGET AUTH_TIME_BUDGET
MAIL_PROVIDER OUR_MTA_NAMES TRUSTED_RELAYS ENVELOPE_FROM_HEADER AUTH_SOURCE TRUSTED_AUTHSERV_ID
AUTHRES_MTA_STAMPS_ALWAYS TRUSTED_ARC_SEALERS REQUIRE_DKIM_DOMAINS UNAUTHENTICATED_OK DKIM_MAX_SIGNATURES
"""
FILLED_IN = {
    "FILING_ADDRESS": "mycompany@in.example.com",
    "ACTIVITY_TYPE": "E-mail",
    "ACTIVITY_STATUS": "Done",
    "IMAP_HOST": "imap.example.com",
    "IMAP_USERNAME": "catchall",
}


def test_the_example_is_the_table_of_keys_printed() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == render_example()


def test_every_key_of_the_contract_is_known_and_no_other() -> None:
    assert sorted(DEFAULTS) == sorted(CONTRACT.split())


def test_no_key_stands_twice_in_the_table() -> None:
    assert len(DEFAULTS) == sum(len(keys) for keys in TOPICS.values())


def test_the_example_loads_when_what_is_required_is_filled_in(tmp_path: Path) -> None:
    text = render_example().replace("#IMAP_PASSWORD=", "IMAP_PASSWORD=hunter2")
    for key, value in FILLED_IN.items():
        text = text.replace(f"\n{key}=\n", f"\n{key}={value}\n")
    (tmp_path / "settings.env").write_text(text)
    assert load_settings(tmp_path / "settings.env", {}).imap.host == "imap.example.com"


@pytest.mark.parametrize("key", [key for key, default in DEFAULTS.items() if default])
def test_a_default_written_out_is_the_same_as_none(key: str, load) -> None:
    assert load({key: DEFAULTS[key]}) == load()
