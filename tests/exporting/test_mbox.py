"""An mbox is read back as what was written, whatever the messages hold."""

import mailbox
import re
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.exporting import mbox
from poller.exporting.mbox import _mbox_lines

LINES = st.lists(
    st.sampled_from(
        [
            b"",
            b"From x",
            b">From x",
            b">>From ",
            b"\r",
            b"\r\r",
            b"text",
            b" From x",
            b"From",
            b"\xff",
            b">",
            b"x" * 15 + b"\r",
            b"y" * 16,
        ]
    ),
    max_size=12,
)


def unquoted(octets: bytes) -> bytes:
    return re.sub(rb"(?m)^>(>*From )", rb"\1", octets)


@pytest.mark.parametrize("piece", [16, 17, 18, 1 << 20])
@given(lines=LINES, ends=st.booleans())
def test_quoting_is_undone_by_any_reader_of_mboxrd(piece, lines, ends):
    source = b"\r\n".join(lines) + b"\r\n" * ends
    whole = b"".join(mbox_lines(source, piece))
    expected = source.replace(b"\r\n", b"\n")
    assert unquoted(whole) in {expected + b"\n", expected + b"\n\n"}
    assert whole.endswith(b"\n\n") or whole == b"\n"
    assert not re.search(rb"(?m)^From ", whole)


def mbox_lines(source: bytes, piece: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mbox, "_PIECE", piece)
        return list(_mbox_lines(BytesIO(source)))


def test_python_finds_the_messages_apart(tmp_path):
    messages = [b"Subject: a\r\n\r\nFrom me\r\n", b"Subject: b\r\n\r\nFrom you", b"Subject: c\r\n\r\n\r\n\r\nFrom\r\n"]
    octets = b"".join(b"From x Mon Mar  3 09:58:00 2025\n" + b"".join(_mbox_lines(BytesIO(one))) for one in messages)
    (tmp_path / "mbox").write_bytes(octets)
    box = mailbox.mbox(tmp_path / "mbox", create=False)
    assert [one["Subject"] for one in box] == ["a", "b", "c"]
    box.close()
