"""Subject -> whether it is that of an automatic reply, a receipt or a report of failed delivery.

Only its beginning counts, and not what a machine copied after it: people write about offices, deliveries and holidays
too. A report that was forwarded was forwarded by somebody; an answer to one is hardly ever a person's.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_LOOKED_AT = 300
"""Characters of a subject that are looked at; after that no machine begins to say what it is."""

# In all tables a blank stands for itself, " | " and line breaks separate, a line that starts with # is a comment, and
# the case is folded (ß is ss).
_WORDS = {
    "AUTO_REPLY": r"auto(?:matic|mated)?[- ]?(?:repl(?:y|ies)|response|responder|answer|acknowledge?ment)",
    "MAIL": r"(?:e-?mails?|mails?|messages?)",
    "NOT_DELIVERED": r"(?:could|can|was|were|has|is) ?n[o't]{1,2} .{0,15}deliver",
}

# Certain, whatever follows.
_OPENINGS = r"""
    AUTO_REPLY (?:from|to|for|re|message|noti)
    this is an auto(?:matic|mated)\b | auto(?:matically)?[- ](?:generated|rejected)\b
    auto: .{0,200}\b(?:out of|away|office|returning|absen|leave|vacation|holiday|poissa|abwesend)
    (?:i am|i'm|we are|we're) (?:currently )?(?:away from|out of) (?:the |my )?office(?= (?:from|until|till)\b|\W*$)
    out[- ]of[- ](?:the[- ])?office (?:auto|reply|response|message|noti|until|till|from|through|re:|aw:|fw)
    (?:i am |i'm |currently )?on (?:vacation|holiday|(?:annual |parental )?leave) (?:from|until|till|through)\b
    away from my (?:MAIL|desk|office)\b | vacation (?:repl|respon|auto|message|noti)
    thank you for contacting (?!me\b) | your MAIL was not filed at (?:this|every) address:
    viestiäsi ei tallennettu (?:tähän osoitteeseen|kaikkiin osoitteisiin):
    we have received your (?:MAIL|request|e?i?nquiry)\b
    your (?:MAIL|request|e?i?nquiry) (?:has been|was) received\b | your MAIL to .{1,100} awaits moderator
    delivery[- ]?status[- ]?notification\b | delivery notification: delivery\b | postmaster notify\b
    un-?deliver(?:able|ed) MAIL\b | non[- ]?deliver(?:able|y):? (?:MAIL|report|noti|receipt|your MAIL)\b
    MAIL (?:delivery|transmission)(?: -)? (?:has )?fail(?:ed|ure)\b | MAIL delivery (?:to|for) [^ ]{1,80}@
    MAIL status - undeliver | MAIL you sent (?:was )?blocked | failed MAIL (?:to|for)\b
    (?:warning\W+)?(?:your )?MAIL (?:[^ ]{1,80} )?(?:(?:is|has been|was|still) )?(?:delayed|frozen)\b
    warning\W+(?:your )?MAIL (?:has |is |was )?(?:not|still|un) | warning\W+could not send MAIL\b
    warning\W+[^ ]{1,80}@[^ ]{1,80} -? ?user unknown | notice\W+mail delivery\b
    (?:(?:sorry|notice)\W+)?(?:(?:your|the|a) )?MAIL (?:(?:to|for|from|with|sent|titled|["'<(]).{1,100} )?NOT_DELIVERED
    (?:unable|failed|failure|impossible) (?:to |in )?(?:deliver|relay)(?:ing|y)? (?:of |to )?(?:\w+ )?MAIL\b
    (?:unable to|cannot|could not|couldn't) (?:deliver|relay) (?:\w+ )?(?:MAIL\b|to [^ ]{1,80}@)
    there was an error sending your\b | considered unsolicited bulk\b
    banned (?:contents?|file)\b.{0,60}\bfrom you | virus .{0,60}\b(?:from you|your mail)
    (?:loop alert|loop back warning|warning: unix from loop): | fml system error | (?:ignored )?not member article
    complaint about message from\b | e-?mail (?:feedback|abuse) report\b | report domain: | aws notification message
"""

# Certain where the phrase ends the subject, or a mark follows it.
_MARKED = r"""
    AUTO_REPLY | auto[- ]?respond | out[- ]?of[- ]?(?:the[- ])?office | ooo | ooto | absence noti(?:ce|fication)
    away message
    (?:i am |i'm |currently )?(?:away )?on (?:vacation|holiday|(?:annual |parental )?leave)
    undeliverable | failure notice | delayed MAIL | MAIL fail(?:ed|ure) | MAIL not (?:be )?(?:delivered|sent)
    MAIL (?:delivery|transport|system|routing)(?: -)? (?:error|problems?|warning|delay(?:ed)?|report|status|sub-?system)
    returned MAIL | MAIL delivery (?:system|notification|undeliverable|rejected|expired) | read[- ]receipt
    return receipt | disposition notification
    # Finnish, Swedish, Danish, Norwegian
    automaattinen (?:vastaus|viesti|poissaoloviesti) | automaattivastaus | poissaolo(?:viesti|ilmoitus|vastaus)
    (?:olen )?(?:vuosi|kesä|talvi)?lomalla | (?:olen )?poissa(?: toimistolta)? | lukukuittaus | ei voi toimittaa
    toimittaminen epäonnistui | toimittamaton (?:viesti|posti) | autosvar | automati(?:sk|skt) svar | semestersvar
    frånvaro(?:meddelande|besked) | frånvarande | fravær(?:smelding|sbesked|sassistent) | fraværende | läskvitto
    lesekvittering | (?:ikke|ej|inte) (?:til stede|på kontoret) | (?:det )?går inte att leverera
    kan (?:ikke|ej|inte) lever(?:es|eras) | olevererbart? | uleverbar | ute av kontoret | automatisk fravær
    # German, Dutch
    automatische?s? (?:antwort|e-?mail-?antwort|abwesenheitsnotiz|antwoord|reactie|afwezigheidsmelding)
    automatische (?:empfangs|eingangs)bestätigung | abwesenheits(?:notiz|benachrichtigung|meldung|assistent|agent|info)
    abwesend | (?:ich bin )?im urlaub | (?:ich bin )?(?:ausser haus|nicht im (?:büro|hause?)) | urlaubs(?:meldung|notiz)
    lesebestätigung | unzustellbar | nicht zustellbar | zustellung fehlgeschlagen
    afwezig(?:heid(?:smelding|sassistent|sbericht)?)? | niet aanwezig | leesbevestiging | onbestelbaar | niet bestelbaar
    # French, Spanish, Catalan, Portuguese, Italian, Romanian
    r[ée]ponse auto(?:matique)? | absente? du bureau | absence du bureau | message d'absence | accusé de lecture
    non[ _]remis_? | échec de (?:la )?(?:remise|distribution)
    (?:respuesta|contestaci[óo]n|resposta|risposta) autom[áa]tica | resposta automàtica | fuera de (?:la )?oficina
    no se (?:puede|pudo|ha podido) entregar | fora do escritório | ausência temporária | não (?:é|foi) possível entregar
    fuori (?:sede|ufficio) | non recapitabile | mancato recapito | răspuns automat
    # Polish, Czech, Slovak, Hungarian, Slovenian, Croatian, Baltic
    odpowied[źz] automatyczna | automatyczna odpowied[źz] | autoodpowied[źz] | nieobecność w biurze
    nie można dostarczyć | niedostarcz(?:alne|ono|ona) | automatick[áa] odpov[ěe][ďd] | odpověď v nepřítomnosti
    nedoručite[lľ]n[ée] | automatikus v[áa]lasz | házon kívül | kézbesíthetetlen | samodejni odgovor
    automatski odgovor | automaatvastus | automātiskā atbilde | automatinis atsakymas
    # Greek, Turkish, Russian, Ukrainian, Bulgarian, Hebrew, Arabic, Korean
    αυτόματη απάντηση | otomatik (?:yan[ıi]t|cevap) | teslim edilemedi | автоответ(?:чик)? | автоматический ответ
    автоматична відповідь | автоматичен отговор | вне офиса | не уда(?:ется|лось) доставить
    תשובה אוטומטית | מענה אוטומטי | الرد التلقائي | رد تلقائي | 외출 중
"""

# "Read:" in the same languages. A person sets it off with anything but a colon.
_RECEIPTS = r"""
    (?:not |un)?read | (?:ei )?luettu | o?läst | (?:u|ikke )?læst | u?lest
    (?:un|nicht )?gelesen | (?:niet |on)?gelezen
    (?:non )?lu | (?:no )?le[íi]do | (?:não )?lid[ao] | (?:non )?letto | (?:nie )?przeczytano | přečteno | prečítané
    elolvasva | okundu | про(?:чтено|читано) | 已[读讀閱] | 읽음
"""

# Certain, whatever follows, in other languages.
_FOREIGN = r"""
    自動(?:応答|返信|回覆|回复|答覆) | 自动(?:回复|答复|应答) | 不在(?:通知|のお知らせ|応答) | 開封(?:済み|通知|確認)
    メールエラー | (?:メ(?:ール|ッセージ)[をがの]?)?配信(?:不能|不可|エラー|できません|に失敗)
    未(?:送達|送达|配信|傳遞|传递) | 无法(?:投递|送达|传递|发送到) | 無法(?:傳遞|投遞|送達)
    (?:系统|系統)?退信 | (?:邮件|郵件)(?:传输|投递|发送|傳遞|投遞)失[败敗]
    자동 ?(?:응답|회신|답장) | 부재 ?중 | 배달(?:되지 않음| ?못 ?함| ?실패) | (?:메일 )?전송 ?실패
    ваше (?:сообщение|письмо) не (?:было )?доставлено | недоставленное (?:сообщение|письмо)
    ошибка доставки (?:почты|сообщения|письма)
    (?:ihre|deine|eure|die) (?:MAIL|nachricht)\b.{0,80}\bnicht (?:zugestellt|ausgeliefert|gesendet)
    (?:MAIL|nachricht) (?:konnte )?nicht zugestellt | fehler bei der (?:mail|nachrichten)-?zustellung
    viesti(?:ä|äsi)? ei voi(?:tu|da)? toimittaa | viestin (?:toimitus|toimittaminen|välitys) epäonnistui
    (?:votre )?message non (?:délivré|remis|distribué) | notification d'état de remise
    (?:correo|mensaje) (?:devuelto|no entregado) | notificación de (?:estado de )?entrega
    notifica (?:di )?(?:mancat[oa] |stato )(?:recapito|consegna) | falha na entrega d[aeo] (?:mensagem|e-?mail)
"""

# So common that it is certain only alone.
_ALONE = r"""
    delivery (?:fail(?:ure|ed)|problems?|error|report|notification|status|warning|delayed) | fail(?:ed|ure) delivery
    delivery has failed | processing error | MAIL (?:error|returned|undeliverable)
    permanent (?:delivery )?(?:failure|error) | undelivered | non-?delivery | returned to sender | ndr | ndn
    bounce | vacation
    thank you for your (?:MAIL|e?i?nquiry) | kiitos (?:viestistäsi|yhteydenotostasi) | gracias por contactar(?:nos)?
    tack för ditt (?:mail|mejl|meddelande) | vielen dank für ihre (?:nachricht|e-?mail|anfrage)
    merci (?:pour|de) votre (?:message|e-?mail) | gracias por su (?:mensaje|correo)
"""

# A person's words, but for those that follow them.
_EXPLAINED = r"""
    delivery[ _]failure(?: (?:noti|report)|:.{0,200}(?:user|recipient|mail|message|address|domain|@))
    delivery (?:report|failure|notification|status) ?[(:] ?(?:fail|delay|success|relay|delivery|undeliver|warning)
    delivery (?:fail(?:ure|ed)|report|delayed?|error|problem) (?:for|to) [^ ]{1,100}@
    [^:]{1,60} is (?:currently )?(?:out of|away from) (?:the )?office\.?(?: ?$| ?\()
    .*: ?(?:returning message to sender|returned to sender|non remis \(delivery failed)
"""


def _alternatives(table: str) -> str:
    lines = (line.strip() for line in table.splitlines())
    phrases = "|".join(line.replace(" | ", "|") for line in lines if line and not line.startswith("#"))
    for word, pattern in _WORDS.items():
        phrases = phrases.replace(word, pattern)
    return f"(?:{phrases})"


@cache
def _automatic() -> re.Pattern[str]:
    return re.compile(
        rf"{_alternatives(_OPENINGS)}|{_alternatives(_FOREIGN)}|{_alternatives(_EXPLAINED)}"
        rf"|{_alternatives(_MARKED)}(?= ?(?:[^\w\s]|$))|{_alternatives(_RECEIPTS)} ?:|{_alternatives(_ALONE)}\W*$"
    )


# Re: in the languages above. Not Fwd:, which a person chose.
_ANSWER = re.compile(
    r"(?:re|aw|antw|antwort|vs|sv|odp|ynt|res|rif|回复|回覆|答复|答覆|返信|회신|ответ|отв) ?(?:[\[(]\d+[\])])? ?: *"
)
_TAG = re.compile(r"\[[^\]]{1,60}\] *")


def is_automatic(subject: str) -> bool:
    """A decoded subject -> whether a machine wrote it."""
    text = " ".join(unicodedata.normalize("NFKC", subject[:_LOOKED_AT]).casefold().replace("’", "'").split())
    while text:
        if _automatic().match(text.lstrip("*<>\"'!#=-_([{«„“【「 ")):
            return True
        prefix = _ANSWER.match(text) or _TAG.match(text)
        if prefix is None:
            return False
        text = text[prefix.end() :]
    return False
