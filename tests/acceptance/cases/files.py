"""S5: attachments under the default settings. Names are also checked in every case: see `judge.safe`."""

from tests.acceptance.case import Case, filed
from tests.acceptance.checks import ANYTHING, NOTHING, has
from tests.acceptance.writing import Stored, attachment, base64, disposed, html, mixed, multipart, stored, text

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 8
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
INNER = (
    "From: Olaf Outside <olaf@outside.example>\nTo: anna@mycompany.example\nSubject: The old matter\n"
    "Date: Sat, 01 Mar 2025 10:00:00 +0000\nMessage-ID: <inner@outside.example>\n\nInner words.\n"
)
OUTER = (
    "From: Olaf Outside <olaf@outside.example>\nSubject: Outer\nMIME-Version: 1.0\n"
    'Content-Type: multipart/mixed; boundary="x"\n\n--x\n\nWords.\n'
    '--x\nContent-Disposition: attachment; filename="inside.txt"\n\nInside.\n--x--\n'
)
EXTERNAL = (
    b'Content-Type: message/external-body; access-type=URL; URL="http://127.0.0.1:1/"\n\n'
    b"Content-Type: image/png\nContent-ID: <far@x>\n\n"
)
EVENT = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n"


def crlf(value: str) -> bytes:
    """A text part's octets on the wire; the last line break belongs to the boundary."""
    return value.rstrip("\n").replace("\n", "\r\n").encode()


def embedded(inner: str) -> bytes:
    return b"Content-Type: message/rfc822\n\n" + inner.encode()


def named(name: str, parameters: str, expected: str | None, ending: str = "") -> Case:
    """A file name as written in Content-Disposition, and as stored (None: safe, whatever it is)."""
    octets = f"octets of {name}".encode()
    return Case(
        f"S5 name {name}",
        filed(files=[stored(expected, octets, ending=ending)]),
        content=mixed("Hi.", disposed(octets, parameters)),
    )


def part(name: str, expected: Stored, content: bytes) -> Case:
    return Case(f"S5 {name}", filed(files=[expected], text="Hi."), content=mixed("Hi.", content))


CASES = [
    part("an attachment in base64", stored("offer.pdf", PDF), attachment("offer.pdf", PDF, "application/pdf")),
    part(
        "an attachment in quoted-printable",
        stored("list.csv", b"a;\xe5\r\nb;c"),
        b"Content-Type: text/csv; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n"
        b'Content-Disposition: attachment; filename="list.csv"\n\na;=E5\nb;=\nc\n',
    ),
    part(
        "an attachment in 8bit keeps its charset",
        stored("latin.txt", b"\xe5\xe4\xf6"),
        b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n"
        b'Content-Disposition: attachment; filename="latin.txt"\n\n\xe5\xe4\xf6\n',
    ),
    part("an attachment of nothing", stored("empty.bin", b""), attachment("empty.bin", b"")),
    part(
        "an attachment with a name in Content-Type only",
        stored("old.doc", b"old"),
        base64(b"old", 'application/msword; name="old.doc"'),
    ),
    part("an attachment without a name", stored(None, b"nameless"), base64(b"nameless", "application/octet-stream")),
    part(
        "a zip is not unpacked",
        stored("a.zip", b"PK\x03\x04 not really"),
        attachment("a.zip", b"PK\x03\x04 not really", "application/zip"),
    ),
    part("message/rfc822", stored("The old matter.eml", crlf(INNER)), embedded(INNER)),
    part(
        "message/rfc822 without a subject",
        stored(None, crlf(INNER.replace("Subject: The old matter\n", "")), ending=".eml"),
        embedded(INNER.replace("Subject: The old matter\n", "")),
    ),
    part(
        "message/rfc822 with a path as subject",
        stored(None, crlf(INNER.replace("The old matter", "../../etc/x")), ending=".eml"),
        embedded(INNER.replace("The old matter", "../../etc/x")),
    ),
    Case(
        "S5 a calendar is a file",
        filed(text="Come.", files=[stored(None, crlf(EVENT))]),
        content=multipart(
            "alternative",
            text("Come."),
            f"Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\n{EVENT}".encode(),
        ),
    ),
    Case(
        "S5 a message that is an attachment",
        filed(text="", files=[stored("alone.pdf", PDF)]),
        content=attachment("alone.pdf", PDF, "application/pdf"),
    ),
    Case(
        "S5 two attachments",
        filed(files=[stored("a.pdf", PDF), stored("b.png", PNG)]),
        content=mixed("Hi.", attachment("a.pdf", PDF), attachment("b.png", PNG, "image/png")),
    ),
    Case(
        "S5 two attachments of one name",
        content=mixed("Hi.", attachment("same.txt", b"first"), attachment("same.txt", b"second")),
        expected=filed(files=[stored(None, b"first", ending=".txt"), stored(None, b"second", ending=".txt")]),
    ),
    Case(
        "S5 two names that differ in case only",
        content=mixed("Hi.", attachment("CASE.txt", b"upper"), attachment("case.txt", b"lower")),
        expected=filed(files=[stored(None, b"upper", ending=".txt"), stored(None, b"lower", ending=".txt")]),
    ),
    Case(
        "S5 an image referenced by cid is inline",
        expected=filed(files=[stored("logo.png", PNG, inline=True)], text=has("Logo")),
        content=multipart(
            "related",
            html('<p>Logo <img src="cid:logo@x"></p>'),
            base64(
                PNG,
                'image/png; name="logo.png"',
                "Content-ID: <logo@x>",
                'Content-Disposition: inline; filename="logo.png"',
            ),
        ),
    ),
    Case(
        "S5 an image referenced by cid and called an attachment is kept",
        filed(files=[stored("pic.png", PNG + b"2", inline=None)]),
        content=multipart(
            "related",
            html('<img src="cid:pic@x"><p>x</p>'),
            base64(
                PNG + b"2", "image/png", "Content-ID: <pic@x>", 'Content-Disposition: attachment; filename="pic.png"'
            ),
        ),
    ),
    Case(
        "S5 an image with an unreferenced cid is a file",
        filed(files=[stored("photo.png", PNG + b"3")]),
        content=multipart(
            "related",
            html("<p>No image</p>"),
            base64(
                PNG + b"3", "image/png", "Content-ID: <photo@x>", 'Content-Disposition: inline; filename="photo.png"'
            ),
        ),
    ),
    Case(
        "S5 an image called inline without a cid is a file",
        filed(files=[stored("photo.png", PNG + b"4")]),
        content=mixed("Hi.", base64(PNG + b"4", "image/png", 'Content-Disposition: inline; filename="photo.png"')),
    ),
    Case(
        "S5 the bare address: files belong to the activity",
        filed(projects=[], files=[stored("a.pdf", PDF + b"5")]),
        to="mycompany",
        content=mixed("Hi.", attachment("a.pdf", PDF + b"5")),
    ),
    Case(
        "S5 files of two projects",
        filed(projects=["1001", "1002"], files=[stored("a.pdf", PDF + b"6")]),
        to="1001.mycompany 1002.mycompany",
        content=mixed("Hi.", attachment("a.pdf", PDF + b"6")),
    ),
    Case(
        "S5 the same content in another message",
        filed(files=[stored("again.pdf", PDF)]),
        content=mixed("Hi.", attachment("again.pdf", PDF)),
    ),
    named("RFC 2231", "filename*=utf-8''%e2%82%ac%20rates.pdf", "€ rates.pdf"),
    named(
        "RFC 2231 in pieces",
        "filename*0*=utf-8''Gr%C3%BC;\n filename*1*=%C3%9Fe; filename*2=\" aus.txt\"",
        "Grüße aus.txt",
    ),
    named("RFC 2231 in another charset", "filename*=iso-8859-1'en'%E5.txt", "å.txt"),
    named("RFC 2231 before the plain one", "filename=\"a.txt\"; filename*=utf-8''%C3%A5.txt", "å.txt"),
    named("RFC 2047", 'filename="=?utf-8?q?=C3=85rsplan.xls?="', "Årsplan.xls"),
    named("raw UTF-8", 'filename="Överblick.txt"', "Överblick.txt"),
    named("unquoted", "filename=plain.txt", "plain.txt"),
    named("with a blank", 'filename="two words.txt"', "two words.txt"),
    named("path", 'filename="../../etc/passwd"', None),
    named("backslashes", 'filename="..\\\\..\\\\windows\\\\system.ini"', None, ".ini"),
    named("drive", 'filename="C:\\\\temp\\\\x.doc"', None, ".doc"),
    named("encoded path", "filename*=utf-8''..%2F..%2Fetc%2Fshadow", None),
    named("encoded path in RFC 2047", 'filename="=?utf-8?q?=2Fetc=2Fhosts?="', None),
    named("bidi", "filename*=utf-8''invoice%E2%80%AEfdp.exe", None, ".exe"),
    named("control characters", "filename*=utf-8''a%00b%0D%0Ac%1B%5B31m.txt", None, ".txt"),
    named("reserved", 'filename="CON.txt"', None),
    named("reserved in lower case", 'filename="nul"', None),
    named("dots", 'filename=".."', None),
    named("blank", 'filename="   "', None),
    named("trailing dot", 'filename="x.txt. "', None),
    named("very long", 'filename="' + "n" * 900 + '.txt"', None),
    named("very long in UTF-8", "filename*=utf-8''" + "%C3%A5" * 300 + ".txt", None),
    part("nothing is taken out of an embedded message", stored("Outer.eml", crlf(OUTER)), embedded(OUTER)),
    part(
        "a signature is a file",
        stored("signature.asc", b"-----BEGIN PGP"),
        attachment("signature.asc", b"-----BEGIN PGP"),
    ),
    Case(
        "S5 an encrypted message is a file",
        filed(text="", files=[stored("smime.p7m", PDF + b"7")]),
        content=attachment("smime.p7m", PDF + b"7", "application/pkcs7-mime"),
    ),
    Case(
        "S5 what an external body points to is not fetched",
        filed(text="Hi.", files=ANYTHING),
        content=mixed("Hi.", EXTERNAL),
    ),
    Case(
        "S5 a multipart that is never closed",
        filed(text="Hi.", files=[stored("cut.txt", b"cut off")]),
        content=mixed("Hi.", attachment("cut.txt", b"cut off")).rpartition(b"--=_")[0],
    ),
    Case(
        "S5 a multipart without a boundary",
        filed(files=[], text=has("Whatever")),
        content="Content-Type: multipart/mixed\n\nWhatever this is.\n",
    ),
    Case(
        "S5 a broken Content-Type",
        filed(files=[], text="Still words."),
        content="Content-Type: ;;; nonsense\nContent-Transfer-Encoding: nonsense\n\nStill words.\n",
    ),
    Case(
        "S6 a small attachment is not left out",
        filed(files=[stored("a.txt", b"small")], left_out=NOTHING),
        content=mixed("Hi.", attachment("a.txt", b"small")),
    ),
]
