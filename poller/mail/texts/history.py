"""What mailers put above an older message, in their languages: separators and blocks of From, Sent, To and Subject.

The words are those of Outlook, Gmail, Apple Mail, Thunderbird and Yahoo. Everything is looked up, line by line: no
regular expression here goes over more than a line, and none backtracks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_LINE = 400
"""Characters of a line that may be a separator or a label with its value's beginning."""

MIN_RULE = 10
"""Underscores of a line drawn across the text; Outlook draws 32."""

MAX_BLOCK = 60
"""Lines of a block; a long list of recipients is folded over some dozens."""

MAX_VALUE = 20_000
"""Characters of a value."""


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.casefold().split()) for phrase in listed.split("|"))


class Separator(StrEnum):
    """What a line says that everything below it is; of `original` nobody knows whether it is answered or forwarded."""

    FORWARDED = "forwarded"
    ORIGINAL = "original"


class Label(StrEnum):
    AUTHOR = "author"
    DATE = "date"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"
    MESSAGE_ID = "message_id"
    OTHER = "other"


_LABELS = {
    Label.AUTHOR: "from lähettäjä från von fra de da van od nadawca mittente remitente expéditeur saatja feladó šalje "
    "от отправитель від gönderen kimden από frá nuo no 差出人 送信元 发件人 寄件者 寄件人 보낸_사람 보낸사람 "
    "expeditorul de_la от_кого від_кого avsändare absender afzender kellelt",
    Label.DATE: "sent date lähetetty päivämäärä päiväys pvm skickat datum gesendet sendt dato envoyé enviado verzonden "
    "inviato fecha data dată dátum дата отправлено надіслано tarih gönderildi ημερομηνία dagsetning išsiųsta nosūtīts "
    "wysłano wysłane odesláno odoslané elküldve saadetud kuupäev trimis enviado_el enviada_em enviada_el enviada "
    "envoyé_le gesendet_am inviato_il datums 日付 送信日時 发送时间 日期 寄件日期 보낸_날짜 날짜",
    Label.TO: "to vastaanottaja till an til à a para aan do komu címzett кому kime alıcı para_a prima pre pour adresat "
    "adressaat saaja kellele destinatario destinatarul către προς kam gavėjas 宛先 送信先 收件人 받는_사람 받는사람",
    Label.CC: "cc kopio kopia kopie kopi copie copie_à copia dw do_wiadomości másolat másolatot_kap копия копія bilgi "
    "koopia kópia kopija kopie_(cc) κοιν 抄送 副本 참조",
    Label.SUBJECT: "subject aihe ämne betreff emne objet sujet asunto assunto onderwerp oggetto teema temat předmět "
    "predmet tárgy тема konu efni tema tēma subiect subiectul naslov θέμα 件名 主题 主旨 제목",
    Label.MESSAGE_ID: "message-id viestin_tunniste",
    Label.OTHER: "bcc piilokopio reply-to vastausosoite vastaus svar_til svara_till antwort_an antwoord_aan répondre_à "
    "responder_a rispondi_a attachments attachment liitteet liite bilagor bilaga anlagen anlage bijlagen vedlegg "
    "vedhæftet pièces_jointes allegati datos_adjuntos importance tärkeys prioritet wichtigkeit priorité prioriteit "
    "importancia organization organisation organisaatio user-agent x-mailer mailed-by signed-by resent-from "
    "resent-date resent-to sender in-reply-to references mime-version content-type list-id return-path newsgroups",
}
_LABEL_OF = {word.replace("_", " ").casefold(): label for label, words in _LABELS.items() for word in words.split()}
_LABELLED = re.compile(r"[ \t]*+\*?([^:：*\n]{1,40})(?:\*[ \t]?)?[:：]\*?\s*+(.*)")

_FORWARDED = _phrases(
    """forwarded message|välitetty viesti|välitetty viesti / fwd.msg|edelleenlähetetty viesti|vidarebefordrat meddelande
    |vidarebefordrat brev|weitergeleitete nachricht|ursprünglich weitergeleitete nachricht|message transféré
    |message transmis|message réexpédié|mensaje reenviado|doorgestuurd bericht|videresendt meddelelse|videresendt besked
    |videresendt melding|videresendt e-post|edastatud kiri|edastatud sõnum|edasi saadetud kiri|messaggio inoltrato
    |mensagem encaminhada|mensagem reencaminhada|przekazana wiadomość|treść przekazanej wiadomości
    |wiadomość przesłana dalej|wiadomość przekazana dalej|přeposlaná zpráva|preposlaná správa
    |preposlaná správa --- forwarded message|továbbított üzenet|mesaj redirecționat|пересылаемое сообщение
    |перенаправленное сообщение|переслане повідомлення|перенаправлене повідомлення|iletilen ileti|İletilen İleti
    |İletilmiş mesaj|proslijeđena poruka|persiųstas laiškas|pārsūtīta ziņa|προωθημένο μήνυμα|áframsent skeyti
    |転送されたメッセージ|メッセージを転送|转发的消息|转发邮件|轉寄的郵件|전달된 메시지"""
)
_FORWARDED_BY = ("forwarded by ", "weitergeleitet von ", "välittänyt ", "vidarebefordrat av ", "transféré par ")
_BEGINS_FORWARDED = _phrases(
    """begin forwarded message|välitetty viesti alkaa|edelleenlähetetty viesti alkaa|vidarebefordrat mejl
    |vidarebefordrat brev|vidarebefordrat meddelande|anfang der weitergeleiteten nachricht
    |beginn der weitergeleiteten nachricht|début du message réexpédié|début du message transféré
    |inicio del mensaje reenviado|begin doorgestuurd bericht|start på videresendt besked|videresendt melding
    |begynnelsen på videresendt melding|edastatud kirja algus|inizio messaggio inoltrato
    |início da mensagem encaminhada|início da mensagem reencaminhada|początek przekazywanej wiadomości
    |začátek přeposílané zprávy|začiatok preposlanej správy|započni proslijeđenu poruku|továbbított levél kezdete
    |începe mesajul redirecționat|начало переадресованного сообщения|початок листа, що пересилається
    |İleti başlangıcı|ileti başlangıcı"""
)
_ORIGINAL = _phrases(
    """original message|original meddelande|ursprungligt meddelande|alkuperäinen viesti|ursprüngliche nachricht
    |originalnachricht|message d'origine|message original|mensaje original|oprindelig meddelelse|opprinnelig melding
    |oorspronkelijk bericht|messaggio originale|mensagem original|algne kiri|algsõnum|originaalkiri
    |wiadomość oryginalna|oryginalna wiadomość|originalmeddelande|algne sõnum|元のメッセージ|原始邮件
    |原始郵件|původní zpráva|pôvodná správa|eredeti üzenet|исходное сообщение"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The values beside the labels; `author_word`, the author's label in lower case, tells the language."""

    author_word: str
    values: Mapping[Label, str]

    def get(self, label: Label) -> str:
        return self.values.get(label, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labelled:
    word: str
    label: Label
    value: str


def separator_of(line: str) -> Separator | None:
    """A line without marks of quotation -> what it says of everything below it, if it does."""
    if len(line) > MAX_LINE:
        return None
    line = line.strip()
    words = line.strip("-_*= \t").rstrip(":： ").casefold()
    if line[:2].strip("-_*="):
        return Separator.FORWARDED if line.endswith((":", "：")) and words in _BEGINS_FORWARDED else None
    if words in _FORWARDED or words in _BEGINS_FORWARDED or words.startswith(_FORWARDED_BY):
        return Separator.FORWARDED
    return Separator.ORIGINAL if words in _ORIGINAL else None


def is_rule(line: str) -> bool:
    """A line drawn across the text."""
    line = line.strip()
    return len(line) >= MIN_RULE and not line.strip("_")


def is_block(lines: Sequence[str], number: int) -> bool:
    """Whether an author stands in this line, and a date in one of the next: Outlook quotes nothing.

    A timetable has both, too; a message also has the author's address, or a subject.
    """
    author = _labelled(lines[number])
    if not author or author.label is not Label.AUTHOR or not author.value:
        return False
    following = map(_labelled, lines[number + 1 : number + 4])
    if not any(one is not None and one.label is Label.DATE for one in following):
        return False
    return "@" in author.value or Label.SUBJECT in read_block(lines[number : number + MAX_BLOCK]).values


def read_block(lines: Sequence[str]) -> Block:
    """Lines without marks of quotation -> the block that they start with; a value may be folded over several lines."""
    found: dict[Label, str] = {}
    current: Label | None = None
    author_word = ""
    for number, line in enumerate(lines[:MAX_BLOCK]):
        labelled = _labelled(line)
        if labelled:
            current = labelled.label
            if current in found and current is not Label.OTHER:
                break
            author_word = labelled.word if current is Label.AUTHOR else author_word
            found[current] = labelled.value
        elif not line.strip():
            if number + 1 < len(lines) and not _labelled(lines[number + 1]):
                break
        elif current and (line[0] in " \t" or found[current].endswith((",", ";"))):
            found[current] = f"{found[current]} {line.strip()}"[:MAX_VALUE]
        else:
            break
    return Block(author_word=author_word, values=found)


def _labelled(line: str) -> _Labelled | None:
    match = _LABELLED.match(line)
    word = match[1].strip().casefold() if match else ""
    if not match or word not in _LABEL_OF:
        return None
    return _Labelled(word=word, label=_LABEL_OF[word], value=match[2][:MAX_VALUE].strip("* \t"))
