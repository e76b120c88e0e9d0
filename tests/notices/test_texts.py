"""What notices say: complete in every language, and checked where a company has its own."""

import pytest

from poller.errors import ConfigurationError
from poller.filing.destination import Case
from poller.filing.reasons import Reason
from poller.notices.compose import compose
from poller.notices.texts import LANGUAGES, load_texts
from tests.notices.making import facts, parsed

OURS = load_texts(None)
ANSWERED = [reason for reason in Reason if reason.status]


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_and_phrase(language):
    assert OURS[language].texts.keys() == {reason.slug for reason in ANSWERED}
    assert OURS[language].phrases.keys() == OURS["en"].phrases.keys()
    assert {name for case in Case for name in (case, f"{case}-summary")} <= OURS[language].phrases.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", Case)
def test_no_placeholder_and_no_gap_is_left(language, case):
    text = parsed(compose(facts(language=language, case=case))).get_payload(0).get_content()
    assert "$" not in text
    assert "\n\n\n" not in text.replace("\r\n", "\n")


def test_a_company_replaces_single_files_and_single_phrases(tmp_path):
    write(tmp_path, "en/recipient-invalid.txt", "Subject: Oops, $summary\n\nAsk Bert about $address ($$5).\n")
    write(tmp_path, "fi/phrases.txt", "\ufeffadvice: Kysy Pertiltä.\n")
    own = load_texts(tmp_path)
    notice = parsed(compose(facts(texts=own)))
    assert notice["Subject"] == "Oops, there is no project 1010"
    assert notice.get_payload(0).get_content() == "Ask Bert about 1010.mycompany@in.example.com ($5).\r\n"
    assert "Kysy Pertiltä." in parsed(compose(facts(texts=own, language="fi"))).get_payload(0).get_content()
    assert own["en"].texts["no-subject"].body.template == OURS["en"].texts["no-subject"].body.template


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (
            "en/no-subject.txt",
            "Subject: x\n\nDear $name,",
            r"en/no-subject\.txt: \$name is no placeholder; there are \$a",
        ),
        ("en/no-subject.txt", "Subject: $name\n\nDear,", r"\$name is no placeholder"),
        ("en/no-subject.txt", "Subject: x\n\nIt costs $ 5", r"a dollar sign stands for itself only when it is doubled"),
        ("en/no-subject.txt", "Hello,\n\nyou", r'it must begin with "Subject: …" and a blank line'),
        ("en/no-subject.txt", "Subject:\n\nyou", r'it must begin with "Subject: …" and a blank line'),
        ("en/no-subject.txt", "Subject: x\nBcc: y\n\nyou", r'it must begin with "Subject: …" and a blank line'),
        ("en/no-subject.txt", "Subject: x\n\n \n", "there is nothing below its subject"),
        ("fi/no-subject.txt", "Subject: p\n\n\xe4".encode("latin-1"), r"fi/no-subject\.txt: the file is not UTF-8"),
        ("en/no-subjects.txt", "Subject: x\n\ny", r"en/no-subjects\.txt: no notice is called so; there are en/mess"),
        ("sv/no-subject.txt", "Subject: x\n\ny", r"sv/no-subject\.txt: no notice is called so"),
        ("no-subject.txt", "Subject: x\n\ny", r"no-subject\.txt: no notice is called so"),
        ("en/phrases.txt", "advise: x", "advise is no key of a phrase"),
        ("en/phrases.txt", "advice", "the line 'advice' is not of the form key: text"),
        ("en/phrases.txt", "advice: $outcome", r"\$outcome is no placeholder"),
    ],
)
def test_a_broken_file_is_a_sentence_at_start(tmp_path, name, content, why):
    write(tmp_path, name, content)
    with pytest.raises(ConfigurationError, match=f"^NOTICE_TEMPLATES: .*{why}"):
        load_texts(tmp_path)


def test_a_file_that_cannot_be_read_is_a_sentence_too(tmp_path):
    (tmp_path / "en" / "no-subject.txt").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"en/no-subject\.txt: the file cannot be read: Is a directory"):
        load_texts(tmp_path)
