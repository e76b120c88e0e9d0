"""Address -> whether a machine or an office stands behind it, and no person (RFC 2142; RFC 3834, 2)."""

from __future__ import annotations

import re

_EXACT = frozenset({"abuse", "root", "daemon", "nobody", "listserv", "majordomo", "mdaemon"})

# Also with something after it: mailer-daemon-2, postmaster.eu
_SYSTEM = re.compile(r"(?:mail(?:er)?[-._]?daemon|post[-._]?master|mail[-._]?delivery[-._]?(?:sub)?system)(?![a-z])")

_LIST = re.compile(r"owner-.+|.+-(?:owner|request|bounces)")

# A word anywhere in the local part: billing-noreply, no_reply2, bounce-17, msprvs1=17=bounces-3-anna=acme.fi
_WORD = re.compile(
    r"""(?:^|[-._+=]) (?:
        bounces?
      | auto[-._]?(?:mat(?:ed|ic)[-._]?)? (?:repl(?:y|ies)|respon[ds]e?r?|answer|antwort|reponse)
      | (?:no|not|non|never|donot|dont|do[-._]?not|do[-._]?n.?t|cannot) [-._]? (?:repl(?:y|ies)|respon[ds]e?r?|answer)
      # Spanish, Portuguese, Italian, French, German, Dutch, Swedish, Danish and Norwegian, Finnish, Polish
      | no[-._]?contest[ae]r?  | n[aã]o[-._]?respond(?:a|er) | non[-._]?rispond(?:ere|i) | ne[-._]?pas[-._]?r[eé]pondre
      | nicht[-._]?antworten   | keine?[-._]?antwort         | niet[-._]?(?:be)?antwoorden | geen[-._]?antwoord
      | svara[-._]?(?:inte|ej) | (?:svar[-._]?ikke|ikke[-._]?svar) | [aä]l[aä][-._]?vastaa | ei[-._]?vastausta
      | nie[-._]?odpowiada[cćj]
    ) (?![a-z])""",
    re.VERBOSE,
)


def is_role(key: str) -> bool:
    """An address key -> whether its local part is one of a system, a list, or that of nobody who reads answers.

    Subaddresses are set aside (root+cron), and what forwarders and BATV put in front: prvs=tag=, SRS0=hash=day=domain=.
    """
    local = key.rpartition("@")[0].strip('"')
    forms = {local, local.partition("+")[0], local.rpartition("=")[2]}
    return bool(_WORD.search(local)) or any(
        form in _EXACT or _SYSTEM.match(form) or _LIST.fullmatch(form) for form in forms
    )
