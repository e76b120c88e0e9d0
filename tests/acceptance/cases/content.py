"""S3, S4 and S8: subject, date, text."""

from datetime import UTC, datetime

from tests.acceptance.case import ANNA, BERT, NO_SUBJECT, OLAF, Case, Expected, filed
from tests.acceptance.checks import NOTHING, SOME, either, every, has, lacks
from tests.acceptance.writing import attachment, html, mixed, multipart, stored, text

HTML = (
    "<html><head><style>p {color: red}</style></head>"
    "<body><p>Dear <b>Kaisa</b>,</p><p>see you &amp; yours.</p></body></html>"
)
SHOWN = every(has("Dear", "Kaisa", "see you & yours."), lacks("<", "color", "&amp;"))
QUOTED = "Agreed.\n\nOn Monday Kaisa wrote:\n> Shall we start?\n> Best, Kaisa\n"
FOLDED = "a folded subject of three lines"
SPRING = datetime(2025, 3, 10, 22, 30, tzinfo=UTC)
LONG = "word " * 999 + "end"


def subject(value: str | None, expected: object) -> Case:
    """The subject as written, and as stored (None: refused)."""
    then = NO_SUBJECT if expected is None else filed(subject=expected)
    return Case(f"S3 {'no' if value is None else ascii(value)[:60]}", then, headers={"Subject": value})


def dated(value: str | None, expected: str, delivered: datetime | None = None) -> Case:
    """The Date field as written, INTERNALDATE, and the activity's date in UTC."""
    case = f"S4 {'no Date' if value is None else f'Date {value}'} {'' if delivered is None else delivered.isoformat()}"
    return Case(
        case, filed(date=expected), headers={"Date": value}, delivered=delivered or datetime(2025, 3, 3, 10, tzinfo=UTC)
    )


def body(name: str, content: str | bytes, expected: object, **more: object) -> Case:
    return Case(f"S8 {name}", filed(text=expected, **more), content=content)


def charset(name: str, octets: bytes, expected: object) -> Case:
    return body(f"charset {name}", f"Content-Type: text/plain; charset={name}\n\n".encode() + octets, expected)


CASES = [
    subject(None, None),
    subject("", None),
    subject("   \t ", None),
    subject("\u200b\u200b", None),
    subject("=?utf-8?b?4oCL4oCN77u/?=", None),  # U+200B, U+200D, U+FEFF
    subject("=?utf-8?q?_=C2=A0_=E3=80=80?=", None),  # no-break and ideographic space
    subject("=?utf-8?q?=00=01=1F?=", None),
    subject("Re:", "Re:"),
    subject("Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus =?utf-8?b?S8O2bG4=?=", "Re: Grüße aus Köln"),
    subject("=?utf-8?q?one=20?=\n =?utf-8?q?word?=", "one word"),
    subject(
        "=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", either("€", "\ufffd\ufffd", has("\ufffd"))
    ),  # split in a character: wrong but seen
    subject(
        "a folded\n subject\n\tof three lines",
        either("a folded subject\tof three lines", FOLDED),
    ),
    subject("=?utf-8?q?two=0D=0Alines?=", every(has("two", "lines"), lacks("\r", "\n"))),
    subject("=?utf-8?q?nul=00here?=", every(has("nul", "here"), lacks("\0"))),
    subject("Ångström ünd 山", "Ångström ünd 山"),
    subject("=?no-such-charset?q?kept?=", has("kept")),
    subject("=?utf-8?b?not base64", has("not base64")),
    Case(
        "S3 a long subject is stored whole",
        filed(subject=LONG),
        headers={"Subject": LONG.replace(" word word word", "\n word word word")},
    ),
    Case(
        "S3 the author is no user",
        headers={"From": OLAF, "To": BERT, "Subject": None},
        # the notice goes to users only: whether that leaves `none` or `suppressed:…` is open
        expected=Expected("rejected", "no-subject", "any"),
    ),
    dated("Mon, 03 Mar 2025 11:58:00 +0200", "2025-03-03T09:58:00Z"),
    dated("Mon, 3 Mar 2025 04:58 -0500 (EST)", "2025-03-03T09:58:00Z"),
    dated("03 Mar 25 09:58:00 GMT", "2025-03-03T09:58:00Z"),
    dated("Mon, 01 Jan 1990 00:00:01 +0000", "1990-01-01T00:00:01Z"),
    dated("Fri, 29 Dec 1989 10:00:00 +0000", "2025-03-03T10:00:00Z"),
    dated("Wed, 05 Mar 2025 09:59:00 +0000", "2025-03-05T09:59:00Z"),
    dated("Wed, 05 Mar 2025 10:01:00 +0000", "2025-03-03T10:00:00Z"),
    dated("Wed, 05 Mar 2025 11:59:00 +0200", "2025-03-05T09:59:00Z"),
    dated("Tue, 03 Mar 2125 10:00:00 +0000", "2025-03-03T10:00:00Z"),
    dated(None, "2025-03-03T10:00:00Z"),
    dated("", "2025-03-03T10:00:00Z"),
    dated("yesterday at noon", "2025-03-03T10:00:00Z"),
    dated("Mon, 99 Zzz 2025 99:99:99 +9999", "2025-03-03T10:00:00Z"),
    dated("Mon, 10 Mar 2025 23:45:00 +0130", "2025-03-10T22:15:00Z", SPRING),
    dated("Mon, 10 Mar 2025 23:45:00 -0000", "2025-03-10T23:45:00Z", SPRING),
    Case(
        "S4 In-Reply-To and References",
        filed(in_reply_to="one@x.example", references="zero@x.example one@x.example"),
        headers={"In-Reply-To": "<one@x.example>", "References": "<zero@x.example>\n\t<one@x.example>"},
    ),
    Case("S4 neither In-Reply-To nor References", filed(in_reply_to=NOTHING, references=NOTHING)),
    Case("S4 no Message-ID", filed(message_id=NOTHING), headers={"Message-ID": None}),
    Case(
        "S4 the HTML is stored sanitized",
        content=html(
            "<p onclick='steal()'>Hello <b>there</b></p><script>alert(1)</script>"
            "<a href='javascript:alert(2)'>x</a><iframe src='//e'></iframe>"
        ),
        expected=filed(
            html=every(has("Hello", "there"), lacks("onclick", "<script", "alert(", "javascript:", "<iframe")),
            text=every(has("Hello", "there"), lacks("alert", "<")),
        ),
    ),
    Case(
        "S4 the author's display name is not the owner's name",
        filed(owner=ANNA),
        headers={"From": "A Nickname <anna@mycompany.example>"},
    ),
    body("plain text", "\nJust words.\n\nTwo paragraphs.\n", "Just words.\n\nTwo paragraphs.", html=NOTHING),
    body(
        "plain text before HTML",
        multipart("alternative", text("The plain one."), html(HTML)),
        "The plain one.",
        html=SOME,
    ),
    body(
        "HTML before plain text in order",
        multipart("alternative", html(HTML), text("The plain one.")),
        "The plain one.",
    ),
    body("HTML alone", html(HTML), SHOWN, html=SOME),
    body("blank plain text beside HTML", multipart("alternative", text(" \n\t\n"), html(HTML)), SHOWN),
    body("invisible plain text beside HTML", multipart("alternative", text("\u200b\u00a0\n"), html(HTML)), SHOWN),
    body(
        "HTML in related in alternative", multipart("alternative", text(" "), multipart("related", html(HTML))), SHOWN
    ),
    body(
        "quoted history is kept",
        "\n" + QUOTED,
        has("Agreed.", "On Monday Kaisa wrote:", "Shall we start?", "Best, Kaisa"),
    ),
    body(
        "quoted HTML is kept",
        html("<p>Agreed.</p><blockquote type='cite'><p>Shall we start?</p></blockquote>"),
        every(has("Agreed.", "Shall we start?"), lacks("<p>", "<blockquote")),
    ),
    body("quoted-printable", text(b"soft=\n ly broken =C3=A5=\n!\n", encoding="quoted-printable"), "soft ly broken å!"),
    body("base64", text(b"QmFzZSBzaXh0eS1mb3VyIMOl\n", encoding="base64"), "Base sixty-four å"),
    body(
        "an attached text is no text",
        mixed("The text.", attachment("note.txt", b"The note.", "text/plain")),
        "The text.",
        files=[stored("note.txt", b"The note.")],
    ),
    body("no body", "Content-Type: text/plain\n\n", ""),
    body("no content fields", "\nBare words.\n", "Bare words."),
    body("entities in HTML", html("<p>a &lt; b &eacute; &#8364;</p>"), has("a < b é €")),
    body(
        "a script says nothing",
        html("<script>secret()</script><style>.x{}</style><p>Words</p>"),
        every(has("Words"), lacks("secret", ".x")),
    ),
    charset("iso-8859-1", "Grüße".encode("iso-8859-1"), "Grüße"),
    charset("windows-1252", "50 € – “ja”".encode("cp1252"), "50 € – “ja”"),
    charset("iso-2022-jp", "山田".encode("iso-2022-jp"), "山田"),
    charset("koi8-r", "Привет".encode("koi8-r"), "Привет"),
    charset("UTF8", "山田 Grüße".encode(), "山田 Grüße"),
    charset("no-such-charset", b"plain words", "plain words"),
    charset("us-ascii", "Grüße".encode(), has("Gr", "e")),
    charset("rot13", b"plain words", either("plain words", has("words"))),
    body("NUL in the text", text(b"nul=00here\n", encoding="quoted-printable"), every(has("nul", "here"), lacks("\0"))),
]
