from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.texts.html import html_to_text
from tests.cpu import cpu_within


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("f<b>o</b><span style='x'>o</span>", "foo"),
        ("5 < 6 &amp; 7 &auml;", "5 < 6 & 7 ä"),
        ("<!-- no --><style>p{}</style><script>x()</script>yes<!--[if mso]>no<![endif]-->", "yes"),
        ("<title>no</title>yes", "yes"),
        ("<a href='https://x.fi/'>x.fi</a>", "x.fi"),
        ("<a href=https://x.fi/a?b=1&amp;c=2>here</a>", "here (https://x.fi/a?b=1&c=2)"),
        ("<a href='mailto:a@x.fi'>a@x.fi</a>", "a@x.fi"),
        ("<a href='MAILTO:a@x.fi?subject=x'>Anna</a>", "Anna (a@x.fi)"),
        ("Anna &lt;<a href='mailto:a@x.fi'>A@x.fi</a>&gt;", "Anna <A@x.fi>"),
        (
            "Anna <a href='mailto:a@x.fi'>&lt;a@x.fi&gt;</a> (<a href='mailto:a@x.fi'>a@x.fi</a>)",
            "Anna <a@x.fi> (a@x.fi)",
        ),
        ("<a href='tel:+358'>+358</a>", "+358"),
        ("<a name=x>here</a>", "here"),
        ("<img src=cid:x alt='Our logo'>", "Our logo"),
        ("<p title='a > b' class=\"x\">text</p>", "text"),
        (
            "<blockquote><p>a</p><p>b</p><blockquote>c</blockquote></blockquote><p>after</p>",
            "> a\n>\n> b\n>\n> > c\n\nafter",
        ),
        ("<table><tr><td>a</td><td></td><td>b</td></tr></table>", "a\tb"),
        ("<ol><li>a</li><li>b</li></ol>", "  1. a\n  2. b"),
        ("<o:p></o:p>x", "x"),
    ],
)
def test_html_reads_like_text(html, text):
    assert html_to_text(html).replace("\xa0", " ").lstrip("\n") == text


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "x",
        "<blockquote>" * 100_000 + "x",
        "<ul><li>" * 50_000,
        "<table><tr><td><a href=http://x>" * 20_000,
        "<p><font>" * 50_000,
        "<div>" * 9_900 + "</p>" * 9_900,
        '<a href="x' * 100_000,
        "<a href='" + "x<" * 500_000,
        "<a " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x",
        "<a " + " ".join(f'a{n}=">"' for n in range(100_000)) + ">x",
        "<!--" * 250_000,
        "<!" * 500_000,
        "<style>" * 100_000,
        "&" * 1_000_000,
        "&a" * 500_000,
        "<" * 1_000_000,
        "</" * 500_000,
        "<pre>" + " " * 1_000_000,
        "a" * 2_000_000,
        "a (" * 300_000,
        "\t" * 1_000_000,
    ],
    ids=range(21),
)
def test_work_is_bounded_for_hostile_html(html):
    with cpu_within(5):
        html_to_text(html)


@pytest.mark.parametrize(
    "html", ["<ul><li>x" * 9_990, "<ol>" * 900 + "<li>x" * 9_000, "<ul>" * 40 + "<pre>" + "\nx" * 400_000]
)
def test_lists_within_lists_are_not_indented_without_end(html):
    assert len(html_to_text(html)) < 3 * len(html)
    assert html_to_text("<ul><li>a" * 20).endswith("\n" + "  " * 20 + "• a")


pieces = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<a href='http://x'>",
        "</a>",
        "<td>",
        "<!--",
        "-->",
        "<style>",
        "\"'",
        "&",
        "<",
        ">",
        "x",
        "\ue0f0",
    ]
)


@given(st.lists(pieces).map("".join) | st.text())
def test_any_html_becomes_text_without_an_exception(html):
    html_to_text(html)
