"""Replies as eight mailers write them in sixteen languages: what the author wrote is told from what is answered."""

from __future__ import annotations

import re
import textwrap
from html import escape

import pytest

from poller.mail.reader import read_message

WHO = {"who": "Cara Korpi", "address": "cara@globex.example"}
OWN = "Thanks, that suits us.\n\nAnna"
OLD = ("Hello Anna,", "", "shall we meet at the pier?")

# "{who}" and "{address}" are filled in.
GMAIL = {
    "en": "On Sun, Dec 31, 2023 at 9:00 AM {who} <{address}> wrote:",
    "fi": "su 31. jouluk. 2023 klo 9.00 {who} ({address}) kirjoitti:",
    "sv": "Den sön 31 dec. 2023 kl 09:00 skrev {who} <{address}>:",
    "de": "Am So., 31. Dez. 2023 um 09:00 Uhr schrieb {who} <{address}>:",
    "no": "søn. 31. des. 2023 kl. 09:00 skrev {who} <{address}>:",
    "da": "Den søn. 31. dec. 2023 kl. 09.00 skrev {who} <{address}>:",
    "et": "Kuupäev P, 31. detsember 2023 kell 09:00 kirjutas {who} (<{address}>):",
    "fr": "Le dim. 31 déc. 2023 à 09:00, {who} <{address}> a écrit :",
    "es": "El dom, 31 dic 2023 a las 9:00, {who} (<{address}>) escribió:",
    "it": "Il giorno dom 31 dic 2023 alle ore 09:00 {who} <{address}> ha scritto:",
    "nl": "Op zo 31 dec 2023 om 09:00 schreef {who} <{address}>:",
    "pl": "niedz., 31 gru 2023 o 09:00 {who} <{address}> napisał(a):",
    "pt": "Em dom., 31 de dez. de 2023 às 09:00, {who} <{address}> escreveu:",
    "ru": "вс, 31 дек. 2023 г. в 09:00, {who} <{address}>:",
    "ja": "2023年12月31日(日) 9:00 {who} <{address}>:",
    "zh": "{who} <{address}> 于2023年12月31日周日 09:00写道：",
}
APPLE = {
    "en": "On 31 Dec 2023, at 9.00, {who} <{address}> wrote:",
    "fi": "{who} <{address}> kirjoitti 31.12.2023 kello 9.00:",
    "sv": "31 dec. 2023 kl. 09:00 skrev {who} <{address}>:",
    "de": "Am 31.12.2023 um 09:00 schrieb {who} <{address}>:",
    "no": "31. des. 2023 kl. 09:00 skrev {who} <{address}>:",
    "da": "Den 31. dec. 2023 kl. 09.00 skrev {who} <{address}>:",
    "fr": "Le 31 déc. 2023 à 09:00, {who} <{address}> a écrit :",
    "es": "El 31 dic 2023, a las 9:00, {who} <{address}> escribió:",
    "it": "Il giorno 31 dic 2023, alle ore 09:00, {who} <{address}> ha scritto:",
    "nl": "Op 31 dec. 2023, om 09:00 heeft {who} <{address}> het volgende geschreven:",
    "pl": "Wiadomość napisana przez {who} <{address}> w dniu 31.12.2023, o godz. 09:00:",
    "pt": "No dia 31/12/2023, às 09:00, {who} <{address}> escreveu:",
    "ru": "31 дек. 2023 г., в 09:00, {who} <{address}> написал(а):",
    "ja": "2023/12/31 9:00、{who} <{address}>のメール:",
    "zh": "2023年12月31日 09:00，{who} <{address}> 写道：",
}
IPHONE = {
    "en": "On Dec 31, 2023, at 9:00 AM, {who} <{address}> wrote:",
    "zh": "在 2023年12月31日，09:00，{who} <{address}> 写道：",
    "ja": "2023/12/31 9:00、{who} <{address}>のメール:",
}
THUNDERBIRD = {
    "en": "On 31/12/2023 09:00, {who} wrote:",
    "fi": "{who} kirjoitti 31.12.2023 klo 9.00:",
    "sv": "Den 2023-12-31 kl. 09:00, skrev {who}:",
    "de": "Am 31.12.23 um 09:00 schrieb {who}:",
    "no": "Den 31.12.2023 09:00, skrev {who}:",
    "da": "Den 31.12.2023 kl. 09.00 skrev {who}:",
    "et": "31.12.2023 09:00 {who} kirjutas:",
    "fr": "Le 31/12/2023 à 09:00, {who} a écrit :",
    "es": "El 31/12/2023 a las 9:00, {who} escribió:",
    "it": "Il 31/12/2023 09:00, {who} ha scritto:",
    "nl": "Op 31-12-2023 om 09:00 schreef {who}:",
    "pl": "W dniu 31.12.2023 o 09:00, {who} pisze:",
    "pt": "Em 31/12/2023 09:00, {who} escreveu:",
    "ru": "31.12.2023 09:00, {who} пишет:",
    "ja": "On 2023/12/31 9:00, {who} wrote:",
    "zh": "在 2023/12/31 9:00, {who} 写道:",
}
# From, Sent, To, Subject, and a date.
OUTLOOK = {
    "en": ["From", "Sent", "To", "Subject", "Sunday, December 31, 2023 9:00 AM"],
    "fi": ["Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe", "sunnuntai 31. joulukuuta 2023 9.00"],
    "sv": ["Från", "Skickat", "Till", "Ämne", "den 31 december 2023 09:00"],
    "de": ["Von", "Gesendet", "An", "Betreff", "Sonntag, 31. Dezember 2023 09:00"],
    "no": ["Fra", "Sendt", "Til", "Emne", "søndag 31. desember 2023 09:00"],
    "da": ["Fra", "Sendt", "Til", "Emne", "31. december 2023 09:00"],
    "et": ["Saatja", "Saadetud", "Adressaat", "Teema", "pühapäev, 31. detsember 2023 09:00"],
    "fr": ["De ", "Envoyé ", "À ", "Objet ", "dimanche 31 décembre 2023 09:00"],
    "es": ["De", "Enviado", "Para", "Asunto", "domingo, 31 de diciembre de 2023 9:00"],
    "it": ["Da", "Inviato", "A", "Oggetto", "domenica 31 dicembre 2023 09:00"],
    "nl": ["Van", "Verzonden", "Aan", "Onderwerp", "zondag 31 december 2023 09:00"],
    "pl": ["Od", "Wysłano", "Do", "Temat", "niedziela, 31 grudnia 2023 09:00"],
    "pt": ["De", "Enviada", "Para", "Assunto", "31 de dezembro de 2023 09:00"],
    "pt-br": ["De", "Enviado", "Para", "Assunto", "domingo, 31 de dezembro de 2023 09:00"],
    "ru": ["От", "Отправлено", "Кому", "Тема", "31 декабря 2023 г. 9:00"],
    "ja": ["差出人", "送信日時", "宛先", "件名", "2023年12月31日 9:00"],
    "zh": ["发件人", "发送时间", "收件人", "主题", "2023年12月31日 9:00"],
    "pl2": ["Od", "Wysłane", "Do", "Temat", "31 grudnia 2023"],
    "pt2": ["De", "Enviada em", "Para", "Assunto", "x"],
    "et2": ["Kellelt", "Saadetud", "Kellele", "Teema", "x"],
    "es2": ["De", "Enviado el", "Para", "Asunto", "x"],
    "de-mac": ["Von", "Datum", "An", "Betreff", "x"],
    "fi-mac": ["Lähettäjä", "Päivämäärä", "Vastaanottaja", "Aihe", "x"],
    "sv-mac": ["Från", "Datum", "Till", "Ämne", "x"],
    "zh-mac": ["发件人", "日期", "收件人", "主题", "x"],
    "ja-mac": ["差出人", "日付", "宛先", "件名", "x"],
    "ru-mac": ["От", "Дата", "Кому", "Тема", "x"],
    "fr-mac": ["De", "Date", "À", "Objet", "x"],
    "no-mac": ["Fra", "Dato", "Til", "Emne", "x"],
}
# The separator, From, Date, To, Subject.
SAMSUNG = {
    "en": ("Original message", "From", "Date", "To", "Subject"),
    "fi": ("Alkuperäinen viesti", "Lähettäjä", "Päivämäärä", "Saaja", "Aihe"),
    "sv": ("Originalmeddelande", "Från", "Datum", "Till", "Ämne"),
    "de": ("Ursprüngliche Nachricht", "Von", "Datum", "An", "Betreff"),
    "no": ("Opprinnelig melding", "Fra", "Dato", "Til", "Emne"),
    "da": ("Oprindelig meddelelse", "Fra", "Dato", "Til", "Emne"),
    "fr": ("Message d'origine", "De ", "Date ", "À ", "Objet "),
    "es": ("Mensaje original", "De", "Fecha", "Para", "Asunto"),
    "it": ("Messaggio originale", "Da", "Data", "A", "Oggetto"),
    "nl": ("Oorspronkelijk bericht", "Van", "Datum", "Aan", "Onderwerp"),
    "pl": ("Oryginalna wiadomość", "Od", "Data", "Do", "Temat"),
    "pt": ("Mensagem original", "De", "Data", "Para", "Assunto"),
    "ru": ("Исходное сообщение", "От", "Дата", "Кому", "Тема"),
    "ja": ("元のメッセージ", "差出人", "日付", "To", "件名"),
    "zh": ("原始邮件", "发件人", "日期", "收件人", "主题"),
    "et": ("Algne sõnum", "Saatja", "Kuupäev", "Saaja", "Teema"),
}
FOOTERS = (
    "Sent from my iPhone",
    "Lähetetty iPhonesta",
    "Skickat från min iPhone",
    "Von meinem iPhone gesendet",
    "Sendt fra min iPhone",
    "Saadetud minu iPhone'ist",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Wysłane z iPhone’a",
    "Enviado do meu iPhone",
    "Отправлено с iPhone",
    "iPhoneから送信",
    "发自我的 iPhone",
    "Sent from my Galaxy",
    "Lähetetty Galaxy-laitteesta",
    "Lähetetty Samsung Galaxy -älypuhelimesta",
    "Skickat från min Samsung Galaxy-smartphone.",
    "Skickat från min Galaxy",
    "Von meinem/meiner Galaxy gesendet",
    "Gesendet von meinem Galaxy",
    "Sendt fra min Galaxy",
    "Envoyé depuis mon appareil Galaxy",
    "Enviado desde mi Galaxy",
    "Wysłane z mojego urządzenia Galaxy",
    "Wysłano z mojego Galaxy",
    "Enviado do meu Galaxy",
    "Отправлено с моего Galaxy",
    "Отправлено со смартфона Samsung Galaxy.",
    "Galaxyから送信",
    "从我的 Galaxy 发送",
    "发自我的Galaxy",
    "Get Outlook for iOS",
    "Hanki Outlook for iOS",
    "Skaffa Outlook för iOS",
    "Outlook für iOS beziehen",
    "Holen Sie sich Outlook für iOS",
    "Obtenir Outlook pour iOS",
    "Télécharger Outlook pour iOS",
    "Obtener Outlook para iOS",
    "Ottieni Outlook per iOS",
    "Outlook voor iOS downloaden",
    "Skaff Outlook for iOS",
    "Hent Outlook til iOS",
    "Pobierz aplikację Outlook dla systemu iOS",
    "Obter o Outlook para iOS",
    "Скачать Outlook для iOS",
    "iOS 版 Outlook を入手",
    "Outlook for iOS を入手",
    "获取 Outlook for iOS",
    "Hankige Outlook for iOS",
    "Lähetetty Androidista",
    "Sent from Yahoo Mail on Android",
)


def html_of(lines):
    return "<br>".join(map(escape, lines))


def in_gmail(line):
    return (
        f'<div dir="ltr">{html_of(OWN.split(chr(10)))}</div><br><div class="gmail_quote"><div dir="ltr" '
        f'class="gmail_attr">{escape(line)}<br></div><blockquote class="gmail_quote"><div>{html_of(OLD)}</div>'
        "</blockquote></div>"
    )


def in_apple_mail(line):
    return (
        f'<html><body>{html_of(OWN.split(chr(10)))}<div><br><blockquote type="cite"><div>{escape(line)}</div>'
        f"<br><div>{html_of(OLD)}</div></blockquote></div></body></html>"
    )


def in_thunderbird(line):
    return (
        f'<p>{html_of(OWN.split(chr(10)))}</p><div class="moz-cite-prefix">{escape(line)}<br></div>'
        f'<blockquote type="cite" cite="mid:1@x"><p>{html_of(OLD)}</p></blockquote>'
    )


def in_outlook(block):
    return (
        f"<div class=WordSection1><p class=MsoNormal>{html_of(OWN.split(chr(10)))}<o:p></o:p></p><div><div>"
        f"<p class=MsoNormal>{labelled(block)}<o:p></o:p></p></div></div><p>{html_of(OLD)}</p></div>"
    )


def in_outlook_on_the_web(block):
    return (
        f"<div>{html_of(OWN.split(chr(10)))}</div><hr><div id=divRplyFwdMsg dir=ltr><font>{labelled(block)}</font>"
        f"<div>&nbsp;</div></div><div>{html_of(OLD)}</div>"
    )


def labelled(block):
    return "<br>".join(f"<b>{label}:</b>{escape(value)}" for label, _, value in (line.partition(":") for line in block))


def read(text, kind="plain"):
    header = f"From: anna@acme.fi\nSubject: Re: Pier\nContent-Type: text/{kind}; charset=utf-8\n\n"
    return read_message((header + text).encode())


def expect(text, first, kind="plain"):
    message = read(text, kind)
    assert message.quoted_from is not None
    below = message.text[message.quoted_from :].lstrip("> ")
    assert message.text[: message.quoted_from].strip() == OWN
    assert re.sub("[<>]", "", below).startswith(re.sub("[<>]", "", first))
    assert "shall we meet" in below


ATTRIBUTIONS = [
    (mailer, language, page)
    for mailer, page in (
        (GMAIL, in_gmail),
        (APPLE, in_apple_mail),
        (IPHONE, in_apple_mail),
        (THUNDERBIRD, in_thunderbird),
    )
    for language in mailer
]


@pytest.mark.parametrize(
    ("mailer", "language", "page"),
    ATTRIBUTIONS,
    ids=[f"{page.__name__}-{language}" for _, language, page in ATTRIBUTIONS],
)
def test_what_is_answered_begins_at_its_attribution(mailer, language, page):
    line = mailer[language].format(**WHO)
    quoted = "".join(f"> {one}\n" for one in OLD)
    expect(f"{OWN}\n\n{line}\n\n{quoted}", line)
    folded = textwrap.wrap(line, 60)
    expect(f"{OWN}\n\n{chr(10).join(folded)}\n{quoted}", folded[0])
    expect(page(line), line.split("<")[0][:30], "html")


@pytest.mark.parametrize("language", OUTLOOK)
def test_what_is_answered_begins_at_the_block_of_outlook(language):
    author, sent, to, subject, date = OUTLOOK[language]
    block = [f"{author}: Cara Korpi <cara@globex.example>", f"{sent}: {date}", f"{to}: Anna <anna@acme.fi>"]
    block.append(f"{subject}: RE: Pier")
    below = "\n".join((*block, "", *OLD))
    expect(f"{OWN}\n\n{below}", block[0])
    rule = "_" * 32
    expect(f"{OWN}\n\n{rule}\n{below}", rule)
    expect(in_outlook(block), block[0], "html")
    expect(in_outlook_on_the_web(block), block[0], "html")


@pytest.mark.parametrize("language", SAMSUNG)
def test_what_is_answered_begins_at_the_separator_of_a_telephone(language):
    separator, author, date, to, subject = SAMSUNG[language]
    block = (
        f"-------- {separator} --------",
        f"{author}: Cara Korpi <cara@globex.example>",
        f"{date}: 31.12.2023 9.00",
    )
    block = (*block, f"{to}: Anna <anna@acme.fi>", f"{subject}: Pier", "")
    expect("\n".join((OWN, "", "", *block, *OLD)), block[0])
    lines = "".join(f"<div>{escape(line) or '<br>'}</div>" for line in (*OWN.split("\n"), "", *block, *OLD))
    expect(lines, block[0], "html")


@pytest.mark.parametrize("footer", FOOTERS)
def test_what_a_telephone_adds_is_a_signature(footer):
    message = read(f"{OWN}\n\n{footer}\n\nOn 31/12/2023 09:00, Cara Korpi wrote:\n> old\n")
    assert message.text[message.signature_from : message.quoted_from].strip() == footer
