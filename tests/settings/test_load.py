"""The settings as a whole: defaults, what overrides what, every mistake at once, and no secret in any of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from poller.settings import (
    AuthPolicy,
    DatabaseSettings,
    RejectAction,
    Security,
    Settle,
    load_settings,
    wanted_log_format,
)
from poller.settings.keys import DEFAULTS

SECRET = "hunter2"


def test_the_defaults_are_those_of_the_contract(load, tmp_path: Path) -> None:
    settings = load()
    assert settings.database == DatabaseSettings(path=tmp_path / "mailfiler.db", url=None)
    assert settings.files == tmp_path / "files"
    assert (settings.imap.port, settings.imap.security, settings.imap.folder) == (993, Security.TLS, "INBOX")
    assert (settings.settle, settings.notices.reject_action) == (Settle.MOVE, RejectAction.NOTIFY)
    assert (settings.poll_interval, settings.batch_size) == (timedelta(seconds=60), 50)
    assert (settings.max_attachment_size, settings.max_message_size, settings.max_participants) == (
        50 << 20, 100 << 20, 200,
    )  # fmt: skip
    assert (settings.integration_enabled, settings.keep_source, settings.match_author_contact) == (True, True, True)
    assert (settings.require_user_author, settings.notices.notify_no_user) == (False, False)
    assert settings.routing.recipient_headers == (
        "x-original-to", "x-gm-original-to", "x-delivered-to", "x-envelope-to", "envelope-to", "delivered-to",
    )  # fmt: skip
    assert settings.auth.policy is AuthPolicy.ALIGNED
    assert [str(network) for network in settings.auth.trusted_relays] == ["127.0.0.1/32", "::1/128"]
    assert (settings.start_policy.everything, settings.start_policy.since) == (False, None)


@pytest.mark.parametrize(
    ("username", "login"),
    [
        ("CatchAll", "catchall"),
        ("Box@In.Example.com", "box@in.example.com"),
        ("box@in.bücher.example", "box@in.xn--bcher-kva.example"),
        ("acme.fi\\box", "acme.fi\\box"),
    ],
)
def test_the_login_is_compared_as_addresses_are(load, username: str, login: str) -> None:
    assert load({"IMAP_USERNAME": username}).routing.mailbox_login == login


@pytest.mark.parametrize("blank", ["", '""', "' '", '"\t"'])
def test_a_blank_value_means_the_default(load, blank: str) -> None:
    optional = [name for name, default in DEFAULTS.items() if default]
    assert load(dict.fromkeys(optional, blank)) == load()


@pytest.mark.parametrize(
    ("security", "port"), [("tls", 993), ("starttls", 143), ("plain", 143)], ids=["tls", "starttls", "plain"]
)
def test_the_port_follows_from_the_security(load, security: str, port: int) -> None:
    assert load({"IMAP_SECURITY": security, "IMAP_HOST": "localhost"}).imap.port == port


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_plain_is_for_loopback(load, host: str) -> None:
    assert load({"IMAP_SECURITY": "plain", "IMAP_HOST": host}).imap.security is Security.PLAIN


@pytest.mark.parametrize("host", ["imap.example.com", "192.0.2.1", "localhost.example.com", "127.0.0.1.example.com"])
def test_plain_is_for_nothing_else(refused, host: str) -> None:
    (problem,) = refused({"IMAP_SECURITY": "plain", "IMAP_HOST": host})
    assert problem == (
        f"settings.env: IMAP_SECURITY plain would send the password readably to {host}; use tls or starttls"
    )


class TestEnvironment:
    def test_it_overrides_the_file_and_other_variables_in_it_do_not_matter(self, load) -> None:
        others = {"IMAP_SOMETHING": "1", "POSTFIX": "\udcff", "imap_host": "no"}
        settings = load(environment={"IMAP_HOST": "other.example.com", "IMAP_PORT": "1993", **others})
        assert (settings.imap.host, settings.imap.port) == ("other.example.com", 1993)

    def test_a_mistake_in_it_is_told_as_its_own(self, refused) -> None:
        assert refused({"IMAP_PORT": "143"}, environment={"IMAP_PORT": "ninety"}) == [
            "environment: IMAP_PORT 'ninety' is not a whole number from 1 to 65535"
        ]

    def test_it_heals_a_mistake_in_the_value_of_the_file(self, load) -> None:
        assert load({"IMAP_PORT": "ninety"}, environment={"IMAP_PORT": "143"}).imap.port == 143

    @pytest.mark.parametrize("value", ["hunter2\n", "hunter2\x00", "hunter2\udcff"])
    def test_a_value_that_no_setting_can_have_is_named_and_not_repeated(self, refused, value: str) -> None:
        (problem,) = refused(environment={"IMAP_PASSWORD": value})
        assert problem.startswith("environment: IMAP_PASSWORD ")
        assert SECRET not in problem

    def test_its_password_replaces_the_password_file_of_the_file_and_the_other_way_round(
        self, load, tmp_path: Path
    ) -> None:
        (tmp_path / "password").write_text("from a file")
        in_file = {"IMAP_PASSWORD": "", "IMAP_PASSWORD_FILE": "no-such-file"}
        assert load(in_file, environment={"IMAP_PASSWORD": "of its own"}).imap.password == "of its own"
        assert load(environment={"IMAP_PASSWORD_FILE": "password"}).imap.password == "from a file"

    @pytest.mark.parametrize("empty", ["", " "])
    def test_an_empty_one_replaces_no_password_that_is_given_otherwise(self, load, tmp_path: Path, empty: str) -> None:
        (tmp_path / "password").write_text("from a file")
        in_file = {"IMAP_PASSWORD": "", "IMAP_PASSWORD_FILE": "password"}
        assert load(in_file, environment={"IMAP_PASSWORD": empty}).imap.password == "from a file"
        in_file = {"IMAP_PASSWORD": "of its own"}
        assert load(in_file, environment={"IMAP_PASSWORD_FILE": empty}).imap.password == "of its own"

    def test_it_suffices_without_a_file(self, tmp_path: Path) -> None:
        environment = {
            "FILING_ADDRESS": "a@b.fi",
            "ACTIVITY_TYPE": "E-mail",
            "ACTIVITY_STATUS": "Done",
            "IMAP_HOST": "h",
            "IMAP_USERNAME": "u",
            "IMAP_PASSWORD": "p",
        }
        settings = load_settings(tmp_path / "settings.env", environment)
        assert settings.database.path == tmp_path / "mailfiler.db"


class TestPaths:
    def test_relative_ones_start_at_the_folder_of_the_file(
        self, load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        settings = load({"DATABASE_URL": "sqlite:///data/mail%20filer.db", "FILES_URL": "data/files"})
        assert settings.database.path == tmp_path / "data" / "mail filer.db"
        assert settings.files == tmp_path / "data" / "files"
        load()
        assert load_settings(Path("../settings.env"), {}).files == tmp_path / "files"

    def test_absolute_ones_are_taken_as_they_are(self, load) -> None:
        settings = load({"DATABASE_URL": "sqlite:////var/lib/m.db", "FILES_URL": "file:///var/lib/m%20f"})
        assert settings.database.path == Path("/var/lib/m.db")
        assert settings.files == Path("/var/lib/m f")

    @pytest.mark.parametrize("url", ["postgresql://u:p@h/name", "postgres://u@/name?host=/run", "postgresql:///name"])
    def test_postgresql_is_handed_on_as_it_is(self, load, url: str) -> None:
        assert load({"DATABASE_URL": url}).database == DatabaseSettings(path=None, url=url)

    @pytest.mark.parametrize(
        "url",
        [
            "oracle://u:hunter2@h/db", "postgresql://u:hunter2@h", "postgresql://u:hunter2@h/", "mysql://hunter2",
            "postgresql://u:hunter2\u2100[@h", "sqlite://hunter2", "sqlite:///", "hunter2.db", "sqlite:hunter2",
            "sqlite:///hunter2%00", "sqlite:///hunter2%ff%0a",
        ],
    )  # fmt: skip
    def test_any_other_database_is_refused_and_its_url_not_repeated(self, refused, url: str) -> None:
        (problem,) = refused({"DATABASE_URL": url})
        assert problem.startswith("settings.env: DATABASE_URL ")
        assert SECRET not in problem

    @pytest.mark.parametrize("url", ["s3://key:hunter2@bucket", "file://hunter2", "file:///hunter2%00"])
    def test_any_other_store_of_files_is_refused_and_its_url_not_repeated(self, refused, url: str) -> None:
        (problem,) = refused({"FILES_URL": url})
        assert problem.startswith("settings.env: FILES_URL ")
        assert SECRET not in problem


MISTAKES = {
    "FILING_ADDRESS": "no address",
    "ACTIVITY_TYPE": "",
    "ACTIVITY_STATUS": "' '",
    "ACTIVITY_TYPE_CALENDAR_SYNC": "perhaps",
    "RETIRED_ADDRESSES": "old",
    "NOTICE_LANGUAGE": "sv",
    "INTEGRATION_ENABLED": "maybe",
    "IMAP_HOST": "imaps://h",
    "IMAP_PORT": "ninety",
    "IMAP_SECURITY": "ssl",
    "IMAP_USERNAME": "",
    "IMAP_PASSWORD": "",
    "FOLDER_FILED": "inbox",
    "START_POLICY": "since:yesterday",
    "SETTLE": "throw",
    "POLL_INTERVAL": "soon",
    "BATCH_SIZE": "1000",
    "RECIPIENT_HEADERS": "X:Y",
    "DEDICATED_DOMAIN": "?",
    "UNKNOWN_PROJECT": "perhaps",
    "REQUIRE_USER_AUTHOR": "?",
    "MATCH_AUTHOR_CONTACT": "?",
    "MAX_PARTICIPANTS": "many",
    "DATABASE_URL": "oracle://x",
    "FILES_URL": "s3://x",
    "KEEP_SOURCE": "sometimes",
    "MAX_ATTACHMENT_SIZE": "0",
    "MAX_MESSAGE_SIZE": "big",
    "RETAIN_SOURCES": "for ever",
    "RETAIN_LEDGER": "for ever",
    "REJECT_ACTION": "shout",
    "NOTIFY_NO_USER": "?",
    "AUTH_POLICY": "strict",
    "TRUSTED_RELAYS": "localhost",
    "MAIL_PROVIDER": "aol",
    "OUR_MTA_NAMES": "*.example.com",
    "TRUSTED_AUTHSERV_ID": "!exchange",
    "ENVELOPE_FROM_HEADER": "X Y",
    "AUTH_SOURCE": "guess",
    "AUTHRES_MTA_STAMPS_ALWAYS": "?",
    "TRUSTED_ARC_SEALERS": "com",
    "REQUIRE_DKIM_DOMAINS": "a@b.fi",
    "UNAUTHENTICATED_OK": "printer",
    "AUTH_DEFER_MAX_AGE": "0",
    "AUTH_TIME_BUDGET": "?",
    "DKIM_MAX_SIGNATURES": "0",
    "DNS_SERVERS": "resolver",
    "DNS_TIMEOUT": "?",
    "DNS_QUERY_BUDGET": "?",
    "SMTP_HOST": "smtp:25",
    "SMTP_PORT": "?",
    "SMTP_SECURITY": "ssl",
    "SMTP_PASSWORD_FILE": "no-such-file",
    "NOTICE_FROM": "me",
    "NOTICE_ENVELOPE_FROM": "me",
    "METRICS_LISTEN": "0.0.0.0:9464",
    "LOG_FORMAT": "xml",
    "LOG_LEVEL": "loud",
}


def test_every_mistake_is_reported_at_once_and_on_one_line(refused) -> None:
    problems = refused(MISTAKES)
    assert all(problem.startswith("settings.env: ") and problem.isprintable() for problem in problems)
    assert sorted(problem.split()[1] for problem in problems) == sorted(MISTAKES)


@pytest.mark.parametrize("key", MISTAKES)
def test_each_mistake_is_one_by_itself(refused, key: str) -> None:
    (problem,) = refused({key: MISTAKES[key]})
    assert problem.startswith(f"settings.env: {key} ")


def test_no_secret_is_repeated_whatever_else_is_wrong(refused) -> None:
    secrets = {
        name: SECRET for name in DEFAULTS if name.endswith(("_PASSWORD", "_SECRET", "_TOKEN", "_FILE", "_SCOPE"))
    }
    assert SECRET not in "".join(refused(MISTAKES | secrets | {"IMAP_PASSWORT": SECRET}))


@pytest.mark.parametrize(
    ("lines", "environment", "expected"),
    [
        ("LOG_FORMAT=json\nIMAP_PORT=x\n'", {}, "json"),
        ('export LOG_FORMAT=" JSON"\n', {}, "json"),
        ("LOG_FORMAT=json\n", {"LOG_FORMAT": "text"}, "text"),
        ("LOG_FORMAT=xml\n", {"LOG_FORMAT": "json"}, "json"),
        ("LOG_FORMAT=xml\n", {}, "text"),
        ("\ufffe\x00", {}, "text"),
        (None, {"LOG_FORMAT": "json"}, "json"),
        (None, {}, "text"),
    ],
)
def test_how_to_tell_of_mistakes_is_learned_from_whatever_can_be_read(tmp_path, lines, environment, expected) -> None:
    path = tmp_path / "settings.env"
    if lines is not None:
        path.write_text(lines)
    assert wanted_log_format(path, environment) == expected
    assert wanted_log_format(tmp_path, environment) == environment.get("LOG_FORMAT", "text")
