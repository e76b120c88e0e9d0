import re
from email import message_from_bytes, policy

import pytest

from poller.demo.samples import DIRECTORY, FOLDER, SAMPLES, source_of

DATE = "Fri, 13 Nov 2026 16:10:00 +0200"


def test_every_message_is_sent_and_every_sample_has_its_message():
    assert {sample.file for sample in SAMPLES} == {path.stem for path in (FOLDER / "messages").iterdir()}


def test_every_csv_file_of_the_directory_is_there():
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(DIRECTORY)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_sample_is_a_well_formed_message(sample):
    source = source_of(sample, DATE)
    message = message_from_bytes(source, policy=policy.default)
    assert message["Date"] == DATE
    assert message["Message-ID"]
    assert not [part for part in message.walk() if part.defects]
    assert re.search(rb"[^\r]\n", source) is None
    assert max(map(len, source.split(b"\r\n"))) <= 100
