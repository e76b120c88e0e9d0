"""Keys of notices and of the server that takes them."""

from __future__ import annotations

import pytest

from poller.errors import ConfigurationError
from poller.settings import RejectAction, Security


def test_the_defaults_need_no_key(load):
    notices = load({}).notices
    assert (notices.author, notices.envelope_from, notices.admin_address) == ("mailer-daemon@in.example.com", "", "")
    assert (notices.smtp.host, notices.smtp.port, notices.smtp.security) == ("", 587, Security.STARTTLS)
    assert (notices.reject_action, notices.notify_no_user, notices.templates) == (RejectAction.NOTIFY, False, None)
    assert notices.hostname == "in.example.com"


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("starttls", 587), ("plain", 25)])
def test_the_port_follows_the_security(load, security, port):
    assert load({"SMTP_HOST": "127.0.0.1", "SMTP_SECURITY": security}).notices.smtp.port == port


@pytest.mark.parametrize(("names", "host"), [("mx.example.com", "mx.example.com"), (".example.com", "in.example.com")])
def test_the_reporting_server_is_ours_by_name(load, names, host):
    assert load({"OUR_MTA_NAMES": names}).notices.hostname == host


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("SMTP_SECURITY", "plain", "SMTP_SECURITY plain would send the password readably"),
        ("NOTICE_FROM", "nobody", "NOTICE_FROM 'nobody' is not an e-mail address"),
        ("ADMIN_ADDRESS", "nobody", "ADMIN_ADDRESS 'nobody' is not an e-mail address"),
        ("NOTICE_TEMPLATES", "nowhere", "NOTICE_TEMPLATES nowhere is not a folder"),
        ("NOTICE_TEMPLATES", "x" * 300, "is not a folder"),
    ],
)
def test_a_mistake_is_a_sentence(load, key, value, words):
    with pytest.raises(ConfigurationError) as error:
        load({"SMTP_HOST": "smtp.example.com", key: value})
    assert [words in problem for problem in error.value.problems] == [True]


def test_templates_lie_below_the_settings_file(load, tmp_path):
    (tmp_path / "texts").mkdir()
    assert load({"NOTICE_TEMPLATES": "texts"}).notices.templates == tmp_path / "texts"
