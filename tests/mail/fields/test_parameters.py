from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.fields.parameters import parse_parameters
from tests.cpu import cpu_within


@pytest.mark.parametrize(
    ("raw", "value", "named"),
    [
        (None, "", {}),
        (b" Text/HTML; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        (b'text/plain;charset="utf-8";format=flowed', "text/plain", {"charset": "utf-8", "format": "flowed"}),
        (b"text/plain (a comment); charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b'attachment;\r\n\tfilename="a b.pdf"', "attachment", {"filename": "a b.pdf"}),
        (b"attachment; filename=my report.pdf; size=3", "attachment", {"filename": "my report.pdf", "size": "3"}),
        (b'attachment; filename="a;b.pdf"', "attachment", {"filename": "a;b.pdf"}),
        (b'attachment; filename="a\\"b.pdf"', "attachment", {"filename": 'a"b.pdf'}),
        (b'attachment; filename="C:\\dir\\a.pdf"', "attachment", {"filename": "C:\\dir\\a.pdf"}),
        (b'attachment; filename="open.pdf', "attachment", {"filename": "open.pdf"}),
        (b"attachment; filename*=utf-8''P%C3%A4iv%C3%A4.pdf", "attachment", {"filename": "Päivä.pdf"}),
        (b"attachment; filename*=iso-8859-1'fi'P%E4iv%E4.pdf", "attachment", {"filename": "Päivä.pdf"}),
        (b"attachment; filename=p.pdf; filename*=utf-8''P%C3%A4.pdf", "attachment", {"filename": "Pä.pdf"}),
        (b"attachment; filename*=P%C3%A4.pdf", "attachment", {"filename": "Pä.pdf"}),
        (b"attachment; filename*0=lo; filename*1=ng.pdf", "attachment", {"filename": "long.pdf"}),
        (b"attachment; filename*1=ng.pdf; filename*0=lo", "attachment", {"filename": "long.pdf"}),
        (b"a/b; name*0*=utf-8''P%C3; name*1*=%A4iv; name*2=\"%.pdf\"", "a/b", {"name": "Päiv%.pdf"}),
        (b"a/b; name*1=a; name*2=b", "a/b", {"name": "ab"}),
        (b"a/b; name=p; name*1=a", "a/b", {"name": "p"}),
        (b"a/b; name*2=a; name=p", "a/b", {"name": "p"}),
        (b"a/b; name *=utf-8''%C3%A4", "a/b", {"name": "ä"}),
        (b"a/b; name*0=a; name*2=c; name*3=d", "a/b", {"name": "a"}),
        (b'attachment; filename="=?utf-8?B?UMOkaXbDpC5wZGY=?="', "attachment", {"filename": "Päivä.pdf"}),
        (b'attachment; filename="=?utf-8?Q?P=C3=A4?=\r\n =?utf-8?Q?iv.pdf?="', "attachment", {"filename": "Päiv.pdf"}),
        (b'attachment; filename="P\xc3\xa4.pdf"', "attachment", {"filename": "Pä.pdf"}),
        (b'attachment; filename="P\xe4.pdf"', "attachment", {"filename": "Pä.pdf"}),
        (b"text/plain; ; ; charset=a; charset=b; x", "text/plain", {"charset": "a"}),
        (b'multipart/mixed; boundary="--=_a b"', "multipart/mixed", {"boundary": "--=_a b"}),
        (b"a/b; name=\0x\r\ny", "a/b", {"name": "xy"}),
        (b'application/pdf name="a.pdf"', "application/pdf", {"name": "a.pdf"}),
        (b"image/png\r\n name*0=a;\r\n name*1=.png", "image/png", {"name": "a.png"}),
        (b"text / plain ; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b"attachment; filename=a b.zip size=3; x=y", "attachment", {"filename": "a b.zip", "size": "3", "x": "y"}),
        (b'attachment; filename=""a".rtf"; size=3', "attachment", {"filename": '"a".rtf', "size": "3"}),
        (b'attachment; filename="a".rtf', "attachment", {"filename": '"a".rtf'}),
        (b'attachment; filename=a"b".rtf', "attachment", {"filename": 'a"b".rtf'}),
        (b'attachment; filename=a.pdf"; size=3', "attachment", {"filename": "a.pdf", "size": "3"}),
        (b"attachment; filename*=utf-8''=?utf-8?Q?P=C3=A4.pdf?=", "attachment", {"filename": "Pä.pdf"}),
    ],
)
def test_parameters_are_read(raw, value, named):
    parameters = parse_parameters(raw)
    assert (parameters.value, dict(parameters.named)) == (value, named)


@pytest.mark.parametrize(
    "piece",
    [
        b"; ",
        b"; a=b",
        b'; a="',
        b';"\\',
        b"; a*1*=x",
        b'"',
        b"; a ",
        b"\\",
        b"='",
        b"; a*0*=%%",
        b" ",
        b" a",
        b' a="',
        b'" a',
    ],
)
def test_work_is_bounded_for_a_field_of_full_size(piece):
    with cpu_within(5):
        parse_parameters(b"a/b" + piece * (256_000 // len(piece)))
        parse_parameters(b"a/b" + b"".join(b"; n*%d*=%%41" % n for n in range(20_000)))


@given(st.binary() | st.text(alphabet="ab/;=\"'\\*01% \r\n").map(str.encode))
def test_any_octets_are_read_without_an_exception(raw):
    parse_parameters(raw)
    parse_parameters(b"a/b; n*0*=" + raw)
