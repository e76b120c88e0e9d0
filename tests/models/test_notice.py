import pytest

from models.notice import Notice
from tests.models.making import goes_with, is_key, nullable

pytestmark = pytest.mark.usefixtures("tables")


def test_a_message_is_answered_once_for_a_reason_and_an_address():
    assert is_key(Notice, "identity reason address_sha256")


def test_what_may_be_missing():
    assert nullable(Notice) == (
        "delivery organization rule next_attempt_at recipient_sha256 domain_sha256 sender recipient message_id error "
        "message"
    )


@pytest.mark.parametrize("column", ["delivery", "organization"])
def test_a_notice_goes_with_nothing(column):
    assert not goes_with(Notice, column)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("1001.mycompany@in.example.com", "e4171e1ddd519b1f0e4b9a75f7f00ecbda11627cf2fb5cd0fab27ff21a6f89c6"),
        ("größe@in.example.com", "94e252a4c0b105837763201b9d56254e339965202c7e8bd7a422157826828040"),
        ("x" * 100_000, "d69e68988157833272305aaf21f453c800346e8a3640db6578e260215542e5d4"),
    ],
)
def test_an_address_of_any_length_becomes_64_digits(address, expected):
    assert Notice.hash_address(address) == expected
