"""Subject -> whether it is that of an automatic reply, a receipt or a report of failed delivery.

Only its beginning counts, and not what a machine copied after it: people write about offices, deliveries and holidays
too. A report that was forwarded was forwarded by somebody; an answer to one is hardly ever a person's.
"""

from __future__ import annotations

import re
import unicodedata

_LOOKED_AT = 300
"""Characters of a subject that are looked at; after that no machine begins to say what it is."""

# In all tables a blank stands for itself, " | " and line breaks separate, a line that starts with # is a comment, and
# the case is folded (ß is ss). MAIL is any word for a message.

# Certain, whatever follows.
_OPENINGS = r"""
    auto(?:matic|mated)?[- ]?(?:repl(?:y|ies)|response|responder|answer|acknowledge?ment)\b
    this is an auto(?:matic|mated)\b | auto(?:matically)?[- ](?:generated|rejected)\b
    (?:i am|i'm|we are|we're) (?:currently )?(?:away from|out of) (?:the |my )?office(?= (?:from|until|till)\b|\W*$)
    out[- ]of[- ](?:the[- ])?office (?:auto|reply|response|message|noti|until|till|from|through|re:|aw:|fw)
    away from my (?:MAIL|desk|office)\b | vacation (?:repl|respon|auto|message|noti)
    thank you for contacting\b | (?:we have received )?your (?:MAIL|request|e?i?nquiry) (?:has been|was) received\b
    we have received your (?:MAIL|request|e?i?nquiry)\b
    delivery[- ]?status[- ]?notification\b | delivery notification: delivery\b
    un-?deliver(?:able|ed) MAIL\b | non-?deliver(?:able|y):? (?:MAIL|report|noti|receipt|your)
    MAIL (?:delivery|transport|system|transmission|routing)(?: -)? (?:has )?(?:fail|error|problem|warning|delay|report)
    MAIL delivery(?: -)? (?:noti|sub|system|status|undeliver|rejected|expired) | MAIL status - undeliver
    MAIL delivery (?:to|for) [^ ]{1,80}@ | (?:failed|failure) (?:MAIL|notice)\b
    MAIL fail(?:ed|ure)\b | returned MAIL ?[:(,-] | returned to sender\b
    (?:warning\W+)?(?:your )?MAIL (?:[^ ]{1,80} )?(?:(?:is|has been|was|still) )?(?:delayed|frozen|bounced)\b
    (?:warning\W+)?(?:could not send|delayed) MAIL\b | warning\W+(?:your )?MAIL (?:has |is |was )?(?:not|still|un)
    warning\W+[^ ]{1,80}@[^ ]{1,80} -? ?user unknown
    (?:(?:sorry|notice)\W+)?(?:(?:your|the|a) )?MAIL (?:.{1,80} )?(?:could|can|was|were|has|is) ?n[o']?t .{0,15}deliver
    MAIL not (?:be )?(?:delivered|sent)\b | MAIL you sent (?:was )?blocked
    (?:unable|failed|failure|impossible|error) (?:to |in )?(?:deliver|send|relay)(?:ing|y)? (?:of |to )?(?:\w+ )?MAIL\b
    (?:unable to|cannot|could not|couldn't) (?:deliver|relay) (?:\w+ )?(?:MAIL\b|to [^ ]{1,80}@)
    there was an error sending your\b | postmaster notify\b | notice\W+mail delivery\b
    considered unsolicited bulk\b | banned (?:contents?|file)\b.{0,60}\bfrom you | virus .{0,60}\b(?:from you|your mail)
    (?:loop alert|loop back warning|warning: unix from loop): | fml system error | (?:ignored )?not member article
    complaint about message from\b | e-?mail (?:feedback|abuse) report\b | report domain: | aws notification message
    read[- ]receipt\b | return receipt\b | disposition notification\b
"""

# Certain where the phrase ends the subject, or a mark follows it.
_MARKED = r"""
    auto | auto[- ]?respond | out[- ]of[- ](?:the[- ])?office | ooo | vacation | absence noti(?:ce|fication)
    away message
    (?:i am |i'm )?(?:away )?on (?:vacation|holiday|annual leave|leave)
    un-?deliver(?:able|ed) | ndr | ndn | bounce | non-?delivery | (?:not )?read | unread
    # Finnish, Swedish, Danish, Norwegian
    automaattinen (?:vastaus|viesti|poissaoloviesti) | automaattivastaus | poissaolo(?:viesti|ilmoitus|vastaus)?
    (?:olen )?(?:vuosi|kesä|talvi)?lomalla | (?:olen )?poissa(?: toimistolta)? | (?:ei )?luettu | lukukuittaus
    autosvar | automatiska?t? svar | frånvaro(?:meddelande|besked)? | fravær(?:smelding|sbesked|sassistent)?
    semestersvar | (?:ikke|ej|inte) (?:til stede|på kontoret) | o?läst | läskvitto | (?:u|ikke )?læst | u?lest
    lesekvittering | (?:ikke )?leveret | olevererbart? | uleverbar | går inte att leverera | kunde inte levereras
    kan (?:ikke|ej|inte) lever(?:es|eras) | kunne ikke leveres
    ei voi(?:tu|da)? toimittaa | ei toimitettu | toimittaminen epäonnistui | toimittamaton (?:viesti|posti)
    # German, Dutch
    automatische?s? (?:antwort|e-?mail-?antwort|abwesenheitsnotiz|antwoord|reactie|afwezigheidsmelding)
    abwesenheit(?:snotiz|sbenachrichtigung|smeldung|sassistent|sagent|sinfo)? | abwesend | im urlaub | ausser haus
    nicht im (?:büro|hause?) | urlaubs(?:meldung|notiz) | (?:un|nicht )?gelesen | lesebestätigung | eingangsbestätigung
    afwezig(?:heidsmelding|heidsassistent|heid)? | niet aanwezig | (?:niet |on)?gelezen | leesbevestiging
    unzustellbar | nicht zustellbar | zustellung fehlgeschlagen | onbestelbaar | niet bestelbaar
    # French, Spanish, Catalan, Portuguese, Italian, Romanian
    r[ée]ponse auto(?:matique)? | absence(?: du bureau)? | absente? du bureau | message d'absence | (?:non )?lu
    accusé de (?:réception|lecture) | non[ _]remis_? | échec de (?:la )?(?:remise|distribution)
    (?:respuesta|contestaci[óo]n|resposta|risposta) autom[áa]tica | resposta automàtica | fuera de (?:la )?oficina
    (?:no )?le[íi]do | acuse de recibo | no se (?:puede|pudo|ha podido) entregar | no entregado
    fora do escritório | ausência temporária | (?:não )?lid[ao] | não (?:é|foi) possível entregar | não entregue
    fuori (?:sede|ufficio) | (?:non )?letto | non recapitabile | mancat[ao] (?:consegna|recapito) | răspuns automat
    # Polish, Czech, Slovak, Hungarian, Slovenian, Croatian, Baltic
    odpowied[źz] automatyczna | automatyczna odpowied[źz] | autoodpowied[źz] | nieobecność | (?:nie )?przeczytano
    nie można dostarczyć | niedostarcz(?:alne|ono|ona) | automatick[áa] odpov[ěe][ďd] | odpověď v nepřítomnosti
    přečteno | prečítané | nedoručiteľn[ée] | nedoručiteln[ée] | nedoručen[oé] | automatikus v[áa]lasz | házon kívül | elolvasva
    kézbesíthetetlen | samodejni odgovor | automatski odgovor | automaatvastus | automātiskā atbilde
    automatinis atsakymas
    # Greek, Turkish, Russian, Ukrainian, Bulgarian, Hebrew, Arabic
    αυτόματη απάντηση | otomatik (?:yan[ıi]t|cevap) | okundu | teslim edilemedi | автоответ(?:чик)?
    автоматический ответ | автоматична відповідь | автоматичен отговор | вне офиса | про(?:чтено|читано) | не доставлено | недоставлено
    не уда(?:ется|лось) доставить | תשובה אוטומטית | מענה אוטומטי | الرد التلقائي | رد تلقائي
    # Japanese, Chinese, Korean
    已[读讀閱] | 읽음 | 외출 중
"""

# Certain, whatever follows, in other languages.
_FOREIGN = r"""
    自動(?:応答|返信|回覆|回复|答覆) | 自动(?:回复|答复|应答) | 不在(?:通知|のお知らせ|応答)
    자동 ?(?:응답|회신|답장) | 부재 ?중
    開封(?:済み|通知|確認) | (?:メ(?:ール|ッセージ)[をがの]?)?配信(?:不能|不可|エラー|できません|に失敗)
    未(?:送達|送达|配信|傳遞|传递) | 无法(?:投递|送达|传递|发送到) | 無法(?:傳遞|投遞|送達)
    (?:系统|系統)?退信 | (?:邮件|郵件)(?:传输|投递|发送|傳遞|投遞)失[败敗]
    배달(?:되지 않음| ?못 ?함| ?실패) | (?:메일 )?전송 ?실패
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
    processing error | MAIL (?:error|returned|undeliverable) | returned MAIL | permanent (?:delivery )?(?:failure|error)
    thank you for your (?:MAIL|e?i?nquiry) | kiitos (?:viestistäsi|yhteydenotostasi) | gracias por contactar(?:nos)?
    tack för ditt (?:mail|mejl|meddelande) | vielen dank für ihre (?:nachricht|e-?mail|anfrage)
    merci (?:pour|de) votre (?:message|e-?mail) | gracias por su (?:mensaje|correo)
"""

# A person's words, but for those that follow them.
_EXPLAINED = r"""
    delivery[ _]failure(?: (?:noti|report)|:.{0,200}(?:user|recipient|mail|message|address|domain|@))
    delivery (?:report|failure|notification|status) ?[(:] ?(?:fail|delay|success|relay|delivery|undeliver|warning)
    delivery (?:fail(?:ure|ed)|report|delayed?|error|problem) (?:for|to) [^ ]{1,80}@
    [^:]{1,60} is (?:currently )?(?:out of|away from) (?:the )?office\.?(?: ?$| ?\()
    .*: ?(?:returning message to sender|returned to sender|non remis \(delivery failed)
"""


def _alternatives(table: str) -> str:
    lines = (line.strip() for line in table.splitlines())
    phrases = "|".join(line.replace(" | ", "|") for line in lines if line and not line.startswith("#"))
    return f"(?:{phrases})".replace("MAIL", r"(?:e-?mails?|mails?|messages?)")


_AUTOMATIC = re.compile(
    rf"{_alternatives(_OPENINGS)}|{_alternatives(_FOREIGN)}|{_alternatives(_EXPLAINED)}"
    rf"|{_alternatives(_MARKED)}(?= ?(?:[^\w\s]|$))|{_alternatives(_ALONE)}\W*$"
)

# Re: in the languages above. Not Fwd:, which a person chose.
_ANSWER = re.compile(
    r"(?:re|aw|antw|antwort|vs|sv|odp|ynt|res|rif|回复|回覆|答复|答覆|返信|회신|ответ|отв)\ ?(?:[\[(]\d+[\])])? ?: *"
)
_TAG = re.compile(r"\[[^\]]{1,60}\] *")


def is_automatic(subject: str) -> bool:
    """A decoded subject -> whether a machine wrote it."""
    text = " ".join(unicodedata.normalize("NFKC", subject[:_LOOKED_AT]).casefold().replace("’", "'").split())
    while text:
        if _AUTOMATIC.match(text.lstrip("*<>\"'!#=-_([«„“【「 ")):
            return True
        prefix = _ANSWER.match(text) or _TAG.match(text)
        if prefix is None:
            return False
        text = text[prefix.end() :]
    return False
