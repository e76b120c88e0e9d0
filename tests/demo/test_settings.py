import os

from poller.demo import settings
from poller.demo.imap import Account
from poller.demo.servers import Ports
from poller.settings import load_settings

ACCOUNT = Account(login="catch-all@in.example.com", password="0a1b2c")


def test_the_program_accepts_the_settings_file(tmp_path):
    file = settings.write(tmp_path, ACCOUNT, Ports(imap=1143, smtp=2525, dns=1053))
    loaded = load_settings(file, {})
    assert (loaded.imap.host, loaded.imap.port, loaded.imap.password) == ("127.0.0.1", 1143, "0a1b2c")
    assert loaded.database.path == tmp_path / settings.DATABASE


def test_the_settings_file_is_readable_by_its_owner_alone(tmp_path):
    assert settings.write(tmp_path, ACCOUNT, Ports(imap=1, smtp=2, dns=3)).stat().st_mode & 0o077 == 0


def test_settings_of_the_process_environment_are_put_out_of_the_way(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/production")
    settings.shield_from_environment()
    assert "DATABASE_URL" not in os.environ


def test_the_port_that_takes_mail_is_found_again(tmp_path):
    settings.write(tmp_path, ACCOUNT, Ports(imap=1143, smtp=2526, dns=1053))
    assert settings.smtp_port(tmp_path) == 2526
    assert settings.smtp_port(tmp_path / "never-started") is None
