"""Readable text -> where the author's signature starts, so that it can be marked. Nothing is removed.

A table of our own: mail-parser-reply 1.36, which knows the most languages, has no Finnish or Estonian, takes `- one`
for a signature, loses the positions, and hangs on 20,000 empty lines; talon has English and German; email-reply-parser
takes every line that starts with `--` or `-x`.
"""

from __future__ import annotations

import re

MAX_SIGNATURE = 60
"""Lines below `-- ` (RFC 3676, 4.3); firms add a disclaimer."""

MAX_CLOSING = 25
"""Lines, blank ones not counted, below `--` without its blank, or below a closing formula."""

MAX_FOOTER = 8
"""Lines, blank ones not counted, from what a telephone adds to the end."""

MAX_LINE = 80
"""Characters of a line that may be a closing formula or a telephone's footer; that may have a link in it."""


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in listed.split("|"))


_FOOTERS = tuple(
    _phrases(
        """sent from my|sent from mail for|sent from outlook|sent from yahoo|sent from a mobile
    |sent from samsung|sent from proton|sent with proton|sent via my|get outlook for|get bluemail
    |hanki outlook|hae outlook|skickat från min|skickat från mitt|skickat från outlook
    |skickat från yahoo|skickat från e-post för|skickades från min|hämta outlook|skaffa outlook
    |gesendet von meinem|gesendet von mail|gesendet von outlook|gesendet von yahoo
    |diese nachricht wurde von meinem|holen sie sich outlook|outlook für|beziehen sie outlook
    |envoyé de mon|envoyé depuis|envoyé à partir|envoyé d'outlook|envoyé de yahoo
    |télécharger outlook|obtenez outlook|obtenir outlook|provenance : courrier|enviado desde
    |obtener outlook|descargar outlook|obtenga outlook|enviado do meu|enviado a partir do
    |enviado do outlook|obter o outlook|baixar o outlook|inviato da iphone|inviato da ipad
    |inviato dal mio|inviato da outlook|inviato da yahoo|inviato da mail|inviato da libero
    |ottieni outlook|scarica outlook|verzonden vanaf|verzonden met|verzonden vanuit|verstuurd vanaf
    |verstuurd van mijn|outlook voor|downloaden outlook|sendt fra min|sendt fra mit
    |sendt fra outlook|sendt fra yahoo|hent outlook|skaff deg outlook|skaff outlook|få outlook|saadetud minu
    |saadetud iphone|saadetud ipad|hankige outlook|wysłane z|wysłano z|pobierz outlook
    |pobierz program outlook|pobierz aplikację outlook|odesláno z|odoslané z|získat outlook|získať outlook|trimis de pe
    |отправлено с|отправлено из|скачать outlook|надіслано з|надіслано із|išsiųsta iš|nosūtīts no|στάλθηκε από
    |sent úr|发自我的|获取 outlook|取得 outlook|發自我的|來自我的|来自我的|从我的|從我的|gesendet mit der
    |sent using outlook"""
    )
)
_FOOTER_STARTS = frozenset(footer[:3] for footer in _FOOTERS)
_FINNISH_FOOTER = re.compile(r"lähetetty (?:\S{1,40} ){0,4}\S{0,40}(?:sta|stä)(?:ni)?")
_FOOTER_ENDS = (
    "から送信",
    "outlook を入手",
    "for ios を入手",
    "for android を入手",
    "에서 보냄",
    "gönderildi",
    "küldve",
)
_CLOSINGS = _phrases(
    """terveisin|ystävällisin terveisin|parhain terveisin|yhteistyöterveisin|kunnioittavasti|ystävällisesti|terv
    |yst. terv|terkuin|med vänlig hälsning|med vänliga hälsningar|vänliga hälsningar|vänlig hälsning
    |bästa hälsningar|hälsningar|vänligen|mvh|best regards|kind regards|kindest regards|warm regards
    |with best regards|with kind regards|regards|best wishes|all the best|yours sincerely|sincerely
    |sincerely yours|yours faithfully|yours truly|br|rgds|cheers|mit freundlichen grüßen
    |mit freundlichen grüssen|mit freundlichem gruß|mit freundlichem gruss|freundliche grüße|freundliche grüsse
    |viele grüße|beste grüße|mit besten grüßen|liebe grüße|herzliche grüße|mfg|cordialement|bien cordialement
    |bien à vous|salutations|meilleures salutations|sincères salutations|saludos|un saludo|saludos cordiales
    |atentamente|cordialmente|cordiali saluti|distinti saluti|un cordiale saluto|atenciosamente|cumprimentos
    |com os melhores cumprimentos|met vriendelijke groet|met vriendelijke groeten|vriendelijke groet
    |hartelijke groeten|groeten|mvg|med venlig hilsen|venlig hilsen|de bedste hilsner|bedste hilsner
    |med vennlig hilsen|vennlig hilsen|beste hilsen|hilsen|lugupidamisega|parimate soovidega|heade soovidega
    |tervitades|z poważaniem|pozdrawiam|z wyrazami szacunku|s pozdravem|s úctou|s pozdravom|üdvözlettel
    |tisztelettel|cu stimă|с уважением|з повагою|pagarbiai|ar cieņu|saygılarımla|με εκτίμηση|kær kveðja
    |bestu kveðjur"""
)
_FIRST_WORDS = frozenset(closing.split()[0] for closing in _CLOSINGS)
_MARKS = " \t*_,.;:!-–"
_LONG_CLOSING = 9
"""Characters of a closing formula that may have a name behind it on its line."""


def signature_from(text: str, quoted_from: int | None) -> int | None:
    r"""Readable text, lines ended by `\n`, and where its history starts -> the offset of the signature.

    `-- ` decides; without it the first line near the end that is a closing formula, or what a telephone adds, in the
    languages of Europe and some of Asia. None without any of them.
    """
    own = text[:quoted_from].rstrip()
    below, start = 0, len(own) + 1
    delimiters: list[int] = []
    others: list[int] = []
    for line in reversed(own.rsplit("\n", MAX_SIGNATURE)[-MAX_SIGNATURE:]):
        start -= len(line) + 1
        if not line or line.isspace():
            continue
        if line == "-- " or (line.rstrip() == "--" and below <= MAX_CLOSING):
            delimiters.append(start)
        elif below <= MAX_CLOSING and ((below < MAX_FOOTER and _is_footer(line)) or _is_closing(line)):
            others.append(start)
        below += 1
    found = delimiters or others
    return min(found) if found else None


def _is_footer(line: str) -> bool:
    words = line.partition("http")[0].strip().strip("*_<>[]().").lower()
    if len(words) > MAX_LINE:
        return False
    if words.startswith(("von meinem ", "von meinem/meiner ")):
        return words.endswith(" gesendet")
    is_known = (words[:3] in _FOOTER_STARTS and words.startswith(_FOOTERS)) or words.endswith(_FOOTER_ENDS)
    return is_known or (words.startswith("lähetetty ") and _FINNISH_FOOTER.fullmatch(words) is not None)


def _is_closing(line: str) -> bool:
    """Of a line that is not blank."""
    first = line.split(None, 1)[0].partition("/")[0] if len(line) <= MAX_LINE else ""
    if first.strip(_MARKS).lower() not in _FIRST_WORDS:
        return False
    said = [one.strip(_MARKS) for one in line.lower().split("/")]
    return all(one in _CLOSINGS for one in said) or _has_closing_and_name(line)


def _has_closing_and_name(line: str) -> bool:
    """`Terveisin Anna`, `Best regards, Anna Smith`."""
    words = line.split()
    return any(
        len(closing := " ".join(words[:count]).lower().rstrip(",.")) >= _LONG_CLOSING and closing in _CLOSINGS
        for count in range(max(1, len(words) - 3), min(len(words), 5))
    )
