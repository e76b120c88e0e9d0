"""A content is copied whole and proven, or named as missing."""

from hashlib import sha256
from io import BytesIO

import pytest

from poller.exporting.stored import Report, Stored

OCTETS = b"offer" * 1000
SHA256 = sha256(OCTETS).hexdigest()


@pytest.mark.parametrize(
    ("there", "is_whole", "missing"),
    [
        (OCTETS, True, []),
        (None, False, [f"plan.pdf: no file {SHA256} is stored"]),
        (OCTETS[:-1], False, [f"plan.pdf: the stored file {SHA256} is damaged, and has other octets"]),
        (b"", False, [f"plan.pdf: the stored file {SHA256} is damaged, and has other octets"]),
    ],
    ids=["there", "gone", "cut off", "empty"],
)
def test_what_is_copied(tmp_path, there, is_whole, missing):
    if there is not None:
        (tmp_path / SHA256[:2]).mkdir()
        (tmp_path / SHA256[:2] / SHA256[2:]).write_bytes(there)
    report = Report()
    copy = BytesIO()
    assert Stored(folder=tmp_path, report=report).copy(SHA256, "plan.pdf", copy) is is_whole
    assert report.missing == missing
    assert report.files == int(is_whole)
    assert not is_whole or (copy.getvalue(), report.octets) == (OCTETS, len(OCTETS))
