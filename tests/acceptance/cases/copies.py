"""A8 and S7: what is one message, and what are two. The order of the entries is the order of arrival."""

from dataclasses import replace
from datetime import timedelta

from tests.acceptance.case import ANNA, KAISA, LAURI, Case, duplicate, filed
from tests.acceptance.checks import NOTHING, SOME, either
from tests.acceptance.writing import attachment, mixed, stored, text


def again(first: Case, name: str, expected: object, **changes: object) -> Case:
    """The same octets below the trace under another name, save what is changed; headers are added to the first's."""
    headers = first.fields | dict(changes.pop("headers", {}))  # type: ignore[call-overload]
    content = first.content or f"Content-Type: text/plain; charset=utf-8\n\nHello from {first.key}.\n"
    settled = {"headers": headers, "content": content, "one": first.one} | changes
    return replace(first, name=name, expected=expected, **settled)  # type: ignore[arg-type]


P1001 = {"projects": ["1001"], "replayed": NOTHING}
BOTH = {"projects": ["1001", "1002"], "replayed": NOTHING, "warnings": SOME}

UP = Case("A8 first copy to 1001", filed(**BOTH), one="up")
DOWN = Case("A8 first copy to 1002", filed(**BOTH), to="1002.mycompany", one="down")
BARE = Case("A8 first copy to the bare address", filed(**P1001), to="mycompany", one="bare")
TAIL = Case("A8 first copy before one to the bare address", filed(**P1001), one="tail")
SPAN = Case("A8 first of two copies six days apart", filed(**BOTH), one="span")
PLAY = Case("A8 first of two copies eight days apart", filed(projects=["1001"], replayed=SOME), one="play")
SAME = Case("A8 first of two equal copies eight days apart", filed(projects=["1001"], replayed=SOME), one="same")
CROWD = Case(
    "A8 first copy with Kaisa in To",
    one="crowd",
    expected=filed(**BOTH, participants=[f"contact to {KAISA}", f"contact cc {LAURI}"]),
)
REPLY = Case("A8 a question", filed(**P1001))

EQUAL = Case("S7 first of two equal messages", filed(), one="equal")
TRACE = Case("S7 first of two with other trace fields", filed(), one="trace")
NOID = Case("S7 first of two without Message-ID", filed(message_id=NOTHING), headers={"Message-ID": None}, one="noid")
FOLD = Case(
    "S7 first of two with Message-ID in another case", filed(), one="fold", headers={"Message-ID": "<fold@x.example>"}
)
NAMED = Case("S7 first of two with another display name", filed(), one="named")
CODED = Case(
    "S7 first of two with another transfer encoding",
    filed(text="Kär text på svenska, tack."),
    one="coded",
    content=text("Kär text på svenska, tack.\n"),
)
WORDS = Case(
    "S7 first of two with the subject encoded otherwise",
    filed(subject="Grüße"),
    one="words",
    headers={"Subject": "=?utf-8?q?Gr=C3=BC=C3=9Fe?="},
)
REUSED = Case("S7 a Message-ID used first", filed(), headers={"Message-ID": "<reused@x.example>"})
TEXTS = Case(
    "S7 an attachment first",
    filed(files=[stored("a.txt", b"one")]),
    content=mixed("See there.", attachment("a.txt", b"one")),
)

CASES = [
    UP,
    again(UP, "A8 second copy to 1002", filed(**BOTH), to="1002.mycompany"),
    again(UP, "A8 third copy to 1001 again", duplicate(**BOTH)),
    again(UP, "A8 fourth copy to the bare address", duplicate(**BOTH), to="mycompany"),
    DOWN,
    again(DOWN, "A8 second copy to 1001", filed(**BOTH), to="1001.mycompany"),
    BARE,
    again(BARE, "A8 the copy after the bare address adds a link", filed(**P1001), to="mycompany+1001"),
    again(BARE, "A8 the same number in the other form adds nothing", duplicate(**P1001), to="1001.mycompany"),
    TAIL,
    again(TAIL, "A8 the bare address adds nothing", duplicate(**P1001), to="mycompany"),
    SPAN,
    again(
        SPAN,
        "A8 a copy six days later",
        filed(**BOTH),
        to="1002.mycompany",
        delivered=SPAN.delivered + timedelta(days=6),
    ),
    PLAY,
    again(
        PLAY,
        "A8 a replay eight days later adds no link",
        duplicate(projects=["1001"], replayed=SOME),
        to="1002.mycompany",
        delivered=PLAY.delivered + timedelta(days=8),
    ),
    SAME,
    again(
        SAME,
        "A8 a replay of the same octets",
        duplicate(projects=["1001"], replayed=SOME),
        delivered=SAME.delivered + timedelta(days=8),
    ),
    CROWD,
    again(CROWD, "A8 participants of copies are united", CROWD.expected, to="1002.mycompany", headers={"Cc": LAURI}),
    REPLY,
    Case(
        "A8 a reply is its own activity",
        filed(
            **P1001,
            in_reply_to="A8-a-question@mycompany.example",
            references="first@x.example A8-a-question@mycompany.example",
        ),
        headers={
            "Subject": f"Re: About {REPLY.key}",
            "In-Reply-To": f"<{REPLY.key}@mycompany.example>",
            "References": f"<first@x.example>\n <{REPLY.key}@mycompany.example>",
        },
    ),
    EQUAL,
    again(EQUAL, "S7 the same octets are a duplicate", duplicate()),
    TRACE,
    again(TRACE, "S7 other trace fields make no other message", duplicate(), received="", top="X-Spam-Score: 1\n"),
    NOID,
    again(NOID, "S7 the same message without Message-ID", duplicate(message_id=NOTHING), headers={"Message-ID": None}),
    FOLD,
    again(
        FOLD,
        "S7 the case of Message-ID makes no other message",
        duplicate(message_id=either("fold@x.example", "FOLD@X.EXAMPLE")),
        headers={"Message-ID": "<FOLD@X.EXAMPLE>"},
    ),
    NAMED,
    again(
        NAMED,
        "S7 the display name makes no other message",
        duplicate(),
        headers={"From": "A. A. <anna@mycompany.example>"},
    ),
    CODED,
    again(
        CODED,
        "S7 the transfer encoding makes no other message",
        duplicate(text="Kär text på svenska, tack."),
        content=text(b"K=C3=A4r text p=C3=A5 svenska,=\n tack.\n", encoding="quoted-printable"),
    ),
    again(
        CODED,
        "S7 the charset makes no other message",
        duplicate(text="Kär text på svenska, tack."),
        content=text("Kär text på svenska, tack.\n", "iso-8859-1"),
    ),
    WORDS,
    again(
        WORDS,
        "S7 the encoding of the subject makes no other message",
        duplicate(subject="Grüße"),
        headers={"Subject": "=?iso-8859-1?b?R3L832U=?="},
    ),
    REUSED,
    again(
        REUSED,
        "S7 the same Message-ID with another text is another message",
        filed(text="I guessed the id."),
        one="",
        content="\nI guessed the id.\n",
    ),
    again(
        REUSED,
        "S7 the same Message-ID with another subject is another message",
        filed(subject="Other"),
        one="",
        headers={"Subject": "Other"},
    ),
    again(
        REUSED,
        "S7 the same Message-ID with another author is another message",
        filed(owner="Bert Berg <bert@mycompany.example>"),
        one="",
        headers={"From": "bert@mycompany.example"},
    ),
    again(
        REUSED,
        "S7 the same Message-ID with another date is another message",
        filed(date="2025-03-03T09:57:00Z"),
        one="",
        headers={"Date": "Mon, 03 Mar 2025 11:57:00 +0200"},
    ),
    TEXTS,
    again(
        TEXTS,
        "S7 another attachment is another message",
        filed(files=[stored("a.txt", b"two")]),
        one="",
        content=mixed("See there.", attachment("a.txt", b"two")),
    ),
    Case("S7 the same text again with another Message-ID", filed(text="Same words."), content="\nSame words.\n"),
    Case("S7 and again", filed(text="Same words."), content="\nSame words.\n", headers={"From": ANNA}),
]
