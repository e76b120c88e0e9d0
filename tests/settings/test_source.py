"""The text of the file: what is taken literally, what is refused, and that nothing secret is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from poller.errors import ConfigurationError
from poller.settings import load_settings

SECRET = "hunter2"


def raw(line: str) -> bytes:
    return (
        "FILING_ADDRESS=mycompany@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=Done\n"
        f"IMAP_HOST=imap.example.com\nIMAP_USERNAME=catchall\n{line}\n"
    ).encode()


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("secret", "secret"),
        ("a$HOME${HOME}$(id)`id`", "a$HOME${HOME}$(id)`id`"),
        ('"a$HOME${HOME}"', "a$HOME${HOME}"),
        ("'a$HOME${HOME}'", "a$HOME${HOME}"),
        ("a=b==", "a=b=="),
        ("a#b", "a#b"),
        ("a #b", "a"),
        ('"a #b"', "a #b"),
        ("' a '", " a "),
        (' a"b', 'a"b'),
        (r"a\nb", r"a\nb"),
        (r"'a\nb'", r"a\nb"),
        ("pässwörd", "pässwörd"),
    ],
)
def test_a_value_is_taken_literally(load, written: str, password: str) -> None:
    assert load(raw=raw(f"IMAP_PASSWORD={written}")).imap.password == password


@pytest.mark.parametrize(
    "line", ["IMAP_PASSWORD = x", "export IMAP_PASSWORD=x", "  IMAP_PASSWORD=x  # mine", "\t\n# ä\nIMAP_PASSWORD=x"]
)
def test_a_line_may_be_written_as_a_shell_takes_it(load, line: str) -> None:
    assert load(raw=raw(line)).imap.password == "x"


@pytest.mark.parametrize(
    "octets",
    [
        raw("IMAP_PASSWORD=x").replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + raw("IMAP_PASSWORD=x"),
        b"\xef\xbb\xbf" + raw("IMAP_PASSWORD=x").replace(b"\n", b"\r\n"),
        raw("IMAP_PASSWORD=x").replace(b"\n", b"\r"),
        raw("IMAP_PASSWORD=x").rstrip(),
        "# Tämä on Latin-1\n".encode("latin-1") + raw("IMAP_PASSWORD=x"),
    ],
    ids=["CRLF", "BOM", "BOM and CRLF", "CR", "no final line end", "a comment in Latin-1"],
)
def test_what_editors_make_of_a_file_does_not_matter(load, octets: bytes) -> None:
    assert load(raw=octets).imap.password == "x"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('IMAP_PASSWORD="hunter2', "IMAP_PASSWORD is not of the form KEY=value, or a quote is left open"),
        ("IMAP_PASSWORD='hunter2", "IMAP_PASSWORD is not of the form KEY=value, or a quote is left open"),
        ('IMAP_PASSWORD="hun"ter2', "IMAP_PASSWORD is not of the form KEY=value, or a quote is left open"),
        ("IMAP_PASSWORD hunter2", "IMAP_PASSWORD is not of the form KEY=value, or a quote is left open"),
        ("IMAP_PASSWORD", "IMAP_PASSWORD is not of the form KEY=value, or a quote is left open"),
        ('IMAP_PASSWORD="hunter2\x1b"', "IMAP_PASSWORD has a line break or control character in its value"),
        (r'IMAP_PASSWORD="hunter2\n"', "IMAP_PASSWORD has a line break or control character in its value"),
        ("IMAP_PASSWORD=x\nhunter2", "is not of the form KEY=value"),
        ("IMAP_PASSWORD=x\n: hunter2", "is not of the form KEY=value"),
        ("IMAP_PASSWORD=x\n=hunter2", "is not of the form KEY=value"),
        ("IMAP_PASSWORD=x\nhunter2==", "what stands before = is not a setting; the nearest is NOTICE_FROM"),
        ("IMAP_PASSWORD=x\nIMAP_PASSWORT=hunter2", "IMAP_PASSWORT is not a setting; the nearest is IMAP_PASSWORD"),
        ("IMAP_PASSWORD=x\nimap_password=hunter2", "imap_password is not a setting; the nearest is IMAP_PASSWORD"),
        ("IMAP_PASSWORD=x\nIMAP_PASSWORD=hunter2", "IMAP_PASSWORD is set twice; keep one"),
        ("IMAP_PASSWORD=x\nIMAP_PASSWORD=", "IMAP_PASSWORD is set twice; keep one"),
        ("IMAP_PASSWORD=x\nFOO=1", "FOO is not a setting; the nearest is FOLDER_IGNORED"),
    ],
)
def test_a_line_that_is_wrong_is_one_problem_with_its_number(refused, line: str, problem: str) -> None:
    (found,) = refused(raw=raw(line))
    assert found == f"settings.env, line {6 + line.count(chr(10))}: {problem}"
    assert SECRET not in found


def test_an_open_quote_takes_in_no_other_line(refused) -> None:
    octets = raw('IMAP_PASSWORD=hunter2"').replace(b"FILING_ADDRESS=", b'FILING_ADDRESS="')
    assert refused(raw=octets) == [
        "settings.env, line 1: FILING_ADDRESS is not of the form KEY=value, or a quote is left open"
    ]


def test_a_value_in_latin_1_is_named(refused) -> None:
    octets = raw("IMAP_PASSWORD=hunter2ä\nIMAP_FOLDER=ä").replace("ä".encode(), b"\xe4")
    assert refused(raw=octets) == [
        "settings.env, line 6: IMAP_PASSWORD is not UTF-8; write it in UTF-8",
        "settings.env, line 7: IMAP_FOLDER is not UTF-8; write it in UTF-8",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_not_taken_apart(refused, encoding: str) -> None:
    octets = raw("IMAP_PASSWORD=hunter2").decode().encode(encoding)
    problems = refused(raw=octets)
    assert SECRET not in "".join(problems)
    assert encoding != "utf-16" or problems == ["settings.env: is UTF-16; save it as UTF-8"]


@pytest.mark.parametrize("octets", [b"\0" * 1000, bytes(range(256)) * 10, b"=" * 1000, b"'" * 1000, b"A" * 100_000])
def test_a_file_that_is_none_of_settings_is_refused_and_not_repeated(refused, octets: bytes) -> None:
    assert all(len(problem) < 200 for problem in refused(raw=octets))


def test_a_folder_in_place_of_the_file_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "settings.env").mkdir()
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / "settings.env", {})
    assert caught.value.problems == (f"{tmp_path}/settings.env: cannot be read (Is a directory)",)


@pytest.mark.parametrize("name", ["no-such.env", "no/such/folder.env", "x" * 5000, "x/" * 3000])
def test_a_file_that_is_missing_is_one_problem(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / name, {})
    assert len(caught.value.problems) == 1


def test_a_link_that_leads_nowhere_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "settings.env").symlink_to(tmp_path / "settings.env")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / "settings.env", {"FILING_ADDRESS": "a@b.fi"})
    assert "cannot be read" in caught.value.problems[0]
    assert len(caught.value.problems) == 1


class TestSecretFiles:
    @pytest.mark.parametrize("octets", [b"hunter2", b"hunter2\n", b"hunter2\r\nmore\n", b"\xef\xbb\xbfhunter2\n"])
    def test_the_first_line_is_the_secret(self, load, tmp_path: Path, octets: bytes) -> None:
        (tmp_path / "password").write_bytes(octets)
        assert load({"IMAP_PASSWORD": "", "IMAP_PASSWORD_FILE": "password"}).imap.password == SECRET

    def test_an_absolute_path_is_taken_as_it_is(self, load, tmp_path: Path) -> None:
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "password").write_text(" with blanks ")
        settings = load({"IMAP_PASSWORD": "", "IMAP_PASSWORD_FILE": str(tmp_path / "deep" / "password")})
        assert settings.imap.password == " with blanks "

    @pytest.mark.parametrize(
        ("octets", "problem"),
        [
            (None, "IMAP_PASSWORD_FILE names a file that cannot be read (No such file or directory)"),
            (b"", "IMAP_PASSWORD_FILE names a file whose first line is empty"),
            (b"\nhunter2\n", "IMAP_PASSWORD_FILE names a file whose first line is empty"),
            (b"hunter2\xff", "IMAP_PASSWORD_FILE names a file that is not UTF-8"),
        ],
    )
    def test_a_file_without_a_secret_is_a_problem_that_repeats_nothing(
        self, refused, tmp_path: Path, octets: bytes | None, problem: str
    ) -> None:
        # The password itself where its file should be named: the likeliest mistake.
        if octets is not None:
            (tmp_path / SECRET).write_bytes(octets)
        assert refused({"IMAP_PASSWORD": "", "IMAP_PASSWORD_FILE": SECRET}) == [f"settings.env: {problem}"]

    def test_both_are_too_many(self, refused, tmp_path: Path) -> None:
        (tmp_path / "password").write_text("x")
        assert refused({"IMAP_PASSWORD_FILE": "password"}) == [
            "settings.env: IMAP_PASSWORD and IMAP_PASSWORD_FILE are both set; keep one"
        ]

    @pytest.mark.parametrize("name", ["SMTP_PASSWORD", "OAUTH2_CLIENT_SECRET", "OAUTH2_REFRESH_TOKEN"])
    def test_the_secrets_of_later_stages_are_checked_too(self, refused, name: str) -> None:
        (problem,) = refused({f"{name}_FILE": SECRET})
        assert f"{name}_FILE names a file that cannot be read" in problem
        assert SECRET not in problem
