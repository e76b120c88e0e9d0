from __future__ import annotations

from poller.authentication.dns import RecordType
from poller.resolver.question import Question


def test_one_question_however_it_is_written() -> None:
    assert Question.of("ACME.fi.", RecordType.TXT) == Question.of("acme.fi", RecordType.TXT)
    assert Question.of("acme.fi", RecordType.TXT) != Question.of("acme.fi", RecordType.MX)


def test_what_cannot_be_a_name_is_no_question() -> None:
    assert Question.of("acme..fi", RecordType.A) is None


def test_a_question_in_a_sentence() -> None:
    assert str(Question("acme.fi", RecordType.MX)) == "MX of acme.fi"
