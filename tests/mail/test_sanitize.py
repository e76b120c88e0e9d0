import pytest

from poller.mail import sanitize
from poller.mail.sanitize import sanitize as clean


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Hello <b>there</b></p>", "<p>Hello <b>there</b></p>"),
        ("<script>alert(1)</script><p>x</p>", "<p>x</p>"),
        ('<p onclick="x()">x</p>', "<p>x</p>"),
        ('<a href="javascript:x()">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ("<style>p{}</style>x", "x"),
        ('<img src="https://tracker.example/x.gif" alt="x">', '<img alt="x">'),
        ('<img src="//tracker.example/x.gif">', "<img>"),
        ('<img src="cid:logo@x">', '<img src="cid:logo@x">'),
        ("<iframe src=x></iframe>x", "x"),
        ("<form><input></form>x", "x"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("", ""),
    ],
)
def test_only_what_is_harmless_stays(html, expected):
    assert clean(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * (sanitize.MAX_TAGS + 1),
        "&" * (sanitize.MAX_AMPERSANDS + 1),
        "<a " + "x " * sanitize.MAX_TAG + ">",
        "x" * (sanitize.MAX_HTML + 1),
        "<script>" * (sanitize.MAX_TAGS + 1),
    ],
    ids=["nested", "ampersands", "attributes", "long", "scripts"],
)
def test_what_would_take_too_long_is_shown_as_text(html):
    shown = clean(html)
    assert shown.startswith("<pre>")
    assert "<" not in shown.removeprefix("<pre>").removesuffix("</pre>")


def test_an_embedded_image_does_not_count():
    assert clean(f'<p>x<img src="data:image/png;base64,{"A" * 100_000}"></p>') == "<p>x<img></p>"
