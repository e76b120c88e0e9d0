"""HTML: what hung, exhausted or ended the usual parsers; in the clear, in the two encodings, and in several parts."""

from __future__ import annotations

from poller.mail.texts.html import MAX_TAGS
from tests.hostile.making import Kind, in_base64, in_quoted_printable, kinds, multipart, page, part, typed

INLINE = b"abbr acronym b bdo big cite code del em font i ins kbd label nobr s small span strike strong sub sup tt u"
TAGS = (
    *(
        b"div",
        b"table",
        b"blockquote",
        b"ul",
        b"li",
        b"p",
        b"a href=http://a.fi",
        b"pre",
        b"form",
        b"select",
        b"option",
    ),
    *(b"svg", b"math", b"template", b"script", b"style", b"title", b"textarea", b"iframe", b"frameset", b"object"),
    *(b"table><tr><td", b"dl><dt", b"h1", b"center", b"img alt=a", b"input", b"br", b"nosuchtag", b"a", b"button"),
    *INLINE.split(),
)

PAGES = {
    "unclosed quotes": (300_000, lambda n: b"<a href='" * n),
    "unclosed double quotes": (300_000, lambda n: b'<a href="' * n),
    "one unclosed quote": (4_000_000, lambda n: b'<a href="' + b"a" * n),
    "unclosed comments": (500_000, lambda n: b"<!--" * n),
    "comments of dashes": (1_000_000, lambda n: b"<!--" + b"-" * n),
    "short comments": (500_000, lambda n: b"<!---->" * n),
    "almost closed comments": (300_000, lambda n: b"<!-- --!>-- >" * n),
    "1 million ampersands": (1_000_000, lambda n: b"&" * n),
    "1 million entities": (700_000, lambda n: b"&amp;" * n),
    "entities without an end": (300_000, lambda n: b"&notit" * n),
    "numbered entities": (300_000, lambda n: b"&#x110000;&#xd800;&#0;" * (n // 3)),
    "one number of 1 million digits": (1_000_000, lambda n: b"&#" + b"9" * n + b";"),
    "CDATA": (300_000, lambda n: b"<![CDATA[" * n),
    "processing instructions": (500_000, lambda n: b"<?php " * n),
    "doctypes": (300_000, lambda n: b"<!DOCTYPE " * n),
    "conditional comments": (200_000, lambda n: b"<!--[if mso]>" * n),
    "angles": (3_000_000, lambda n: b"<" * n),
    "closing angles": (3_000_000, lambda n: b">" * n),
    "slashes in a tag": (3_000_000, lambda n: b"<a " + b"/" * n),
    "one tag of 300,000 attributes": (300_000, lambda n: b"<p " + b"".join(b"a%d=b " % k for k in range(n)) + b">"),
    "one tag of equal attributes": (500_000, lambda n: b"<p " + b"a=b " * n + b">"),
    "1,000 tags of 500 attributes": (1_000, lambda n: (b"<p " + b"".join(b"a%d " % k for k in range(500)) + b">a") * n),
    "equals signs in a tag": (3_000_000, lambda n: b"<p " + b"=" * n),
    "quotes in a tag": (3_000_000, lambda n: b"<p " + b'"' * n),
    "blanks in a tag": (3_000_000, lambda n: b"<p " + b" " * n),
    "blanks in many tags": (2_000, lambda n: (b"<p " + b" " * 1_000) * n),
    "closing tags without opening": (500_000, lambda n: b"</div></p></table>" * (n // 3)),
    "misnested inline tags": (300_000, lambda n: b"<b><i></b></i>" * n),
    "misnested blocks": (100_000, lambda n: b"<p><div></p><table></div>" * n),
    "tables in cells": (100_000, lambda n: b"<table><tr><td>a" * n),
    "cells without a table": (500_000, lambda n: b"<td>a" * n),
    "tables out of place": (100_000, lambda n: b"<table>a<b>" * n),
    "as many tags as are laid out, open": (MAX_TAGS - 10, lambda n: b"<div>" * n),
    "as many tables as are laid out, open": (MAX_TAGS // 3, lambda n: b"<table><tr><td>" * n),
    "as many quotations as are laid out": (MAX_TAGS // 2, lambda n: b"<blockquote>a\n" * n),
    "as many links as are laid out": (MAX_TAGS // 2, lambda n: b"<a href='http://a.fi'>a " * n),
    "as many lists as are laid out": (MAX_TAGS // 2, lambda n: b"<ul><li>a" * n),
    "as many paragraphs as are laid out": (MAX_TAGS - 10, lambda n: b"<p>a" * n),
    "as many headings as are laid out, open": (MAX_TAGS - 10, lambda n: b"<h1>" * n),
    "as many pre as are laid out, open": (MAX_TAGS - 10, lambda n: b"<pre>" * n),
    "as many forms as are laid out": (MAX_TAGS - 10, lambda n: b"<form><dd>" * (n // 2)),
    "as many links as are laid out, open, in blocks": (MAX_TAGS // 2, lambda n: b"<a href=http://a.fi><div>" * n),
    "styles": (200_000, lambda n: b"<style>a{}</style>" * n),
    "one style of 3 MB": (3_000_000, lambda n: b"<style>" + b"a{b:c}" * (n // 6)),
    "one style attribute of 3 MB": (3_000_000, lambda n: b'<p style="' + b"a:b;" * (n // 4) + b'">a'),
    "nested style functions": (1_000_000, lambda n: b'<p style="width:' + b"calc(" * (n // 5) + b'">a'),
    "unclosed scripts": (300_000, lambda n: b"<script>" * n),
    "almost closed scripts": (300_000, lambda n: b"<script></scrip" * n),
    "raw tags in turn": (100_000, lambda n: b"<title><style><script>" * n),
    "svg and math": (200_000, lambda n: b"<svg><math>" * n),
    "data: URIs of 20 MB": (20_000_000, lambda n: b'<img src="data:image/png;base64,' + b"A" * n + b'">Text.'),
    "many data: URIs": (50_000, lambda n: b'<img src="data:image/png;base64,AAAA">' * n),
    "data: URIs without an end": (300_000, lambda n: b"<img src='data:" * n),
    "blanks before data": (3_000, lambda n: (b"'" + b" " * 1_000) * n),
    "100,000 cid references": (100_000, lambda n: b"".join(b'<img src="cid:%d">' % k for k in range(n))),
    "one cid reference of 4 MB": (4_000_000, lambda n: b'<img src="cid:' + b"a" * n + b'">'),
    "percent signs in cid": (1_000_000, lambda n: b'<img src="cid:' + b"%41" * n + b'">'),
    "percent signs in many cid": (100_000, lambda n: b'<img src="cid:%%%">' * n),
    "locations": (200_000, lambda n: b"<img src=a>url(b)" * n),
    "almost locations": (400_000, lambda n: b"src    src= =" * n),
    "meta charsets": (100_000, lambda n: b"<meta charset" * n),
    "links with brackets": (200_000, lambda n: b"a (b) " * n),
    "links that echo": (8_000, lambda n: b"<a href='https://acme.fi/'>https://acme.fi</a> " * n),
    "opening parentheses": (2_000_000, lambda n: b"a (" * (n // 3)),
    "words without end": (2_000_000, lambda n: b"a" * n),
    "blanks": (3_000_000, lambda n: b" " * n),
    "non-breaking spaces": (900_000, lambda n: "\u00a0".encode() * n),
    "zero-width characters": (900_000, lambda n: "\u200b".encode() * n),
    "line breaks": (3_000_000, lambda n: b"\n" * n),
    "line break tags": (MAX_TAGS - 10, lambda n: b"<br>" * n),
    "tabs": (3_000_000, lambda n: b"<pre>" + b"\t" * n),
    "NUL": (3_000_000, lambda n: b"a\0" * (n // 2)),
    "quotation marks within a line": (400_000, lambda n: "\ue0f0\ue0f1".encode() * n),
    "emoji": (700_000, lambda n: "\U0001f600".encode() * n),
    "combining characters": (900_000, lambda n: "a\u0301".encode() * n),
}


def _opened(tag: bytes) -> Kind:
    return Kind(
        name=f"HTML: 100,000 nested {tag.decode()}", count=100_000, make=lambda n: page((b"<" + tag + b">") * n)
    )


def _once(name: str) -> Kind:
    full, make = PAGES[name]
    return Kind(name=f"HTML: {name}", count=full, make=lambda n: page(make(n)))


def _encoded(name: str, encoding: bytes) -> Kind:
    full, make = PAGES[name]
    coded = in_base64 if encoding == b"base64" else in_quoted_printable
    return Kind(
        name=f"HTML in {encoding.decode()}: {name}",
        count=full,
        make=lambda n: typed(b"text/html", coded(make(n)), b"Content-Transfer-Encoding: " + encoding),
    )


def _with_parts(times: int) -> bytes:
    html = b"".join(b'<img src="cid:%d@a">' % number for number in range(times))
    images = (
        part(b"image/png", b"iVBO", b"Content-ID: <%d@a>" % k, b"Content-Transfer-Encoding: base64")
        for k in range(times)
    )
    return multipart([part(b"text/html", html), *images], subtype=b"related")


def _with_locations(times: int) -> bytes:
    html = b"".join(b'<img src="http://a.fi/%d.png">' % number for number in range(times))
    images = (part(b"image/png", b"iVBO", b"Content-Location: http://a.fi/%d.png" % number) for number in range(times))
    return multipart([part(b"text/html", html), *images], subtype=b"related")


ENCODED = ("unclosed quotes", "1 million ampersands", "tables in cells", "data: URIs of 20 MB", "unclosed comments")

KINDS = (
    *(_opened(tag) for tag in TAGS),
    *(_once(name) for name in PAGES),
    *(_encoded(name, encoding) for name in ENCODED for encoding in (b"base64", b"quoted-printable")),
    *kinds(
        ("100,000 cid references with 100,000 parts", 100_000, _with_parts),
        ("990 cid references with 990 parts", 990, _with_parts),
        ("990 locations with 990 parts", 990, _with_locations),
        (
            "an alternative whose text is empty and whose page is hostile",
            100_000,
            lambda n: multipart([part(b"text/plain", b" "), part(b"text/html", b"<div>" * n)], subtype=b"alternative"),
        ),
        ("4 pages of 1 MB", 150_000, lambda n: multipart([part(b"text/html", b"<div>a" * n)] * 4)),
        (
            "400 pages of as many tags as are laid out",
            400,
            lambda n: multipart([part(b"text/html", b"<div>" * 1_900)] * n),
        ),
        (
            "40 pages of as many tags as are laid out",
            40,
            lambda n: multipart([part(b"text/html", b"<div>" * 19_900)] * n),
        ),
        (
            "a page in UTF-16",
            1_900_000,
            lambda n: typed(b"text/html; charset=utf-16", ("<div>" * (n // 5)).encode("utf-16")),
        ),
        ("a page in UTF-7", 500_000, lambda n: typed(b"text/html; charset=utf-7", b"+ADw-div+AD4-" * (n // 10))),
    ),
)
