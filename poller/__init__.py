"""Mailfiler files e-mail on the right project: BCC an address, and the message is on the project's card.

One message, one direction::

    mailbox ─► mail ─► filing.route ─► filing.decide.screen ─► authentication ─► filing.match ─► filing.decide
    fetch      parse   which address   what needs no people    whose From        who, whom        the verdict
    (ahead)    └───────── filing.first_look, by readers ─────┘
                                                                                                    │
             notices ◄─ mailbox ◄────────────── storage.ledger ◄─────────────── filing.activity ◄───┘
             outbox     settle                  THE one transaction             what is stored

Stages gather facts; only `filing.decide` judges; only `storage` writes; only `mailbox` speaks IMAP. A refusal of mail
is a value (`filing.reasons.Reason`); an exception means "later" (`errors.Transient`), "misconfigured"
(`errors.ConfigurationError`), or a bug.

Rooms, from the top; imports go down only (the contract in pyproject.toml is checked)::

    demo              an embedded mail server, a small company and its mail
    cli, commands, command   the commands, and how each ends                                 [click]
    display, display_explanation, progress   tables, cards and a bar for people                [rich]
    jsonlines, logs   lines for programs, the log
    exporting         activities, with participants and files, for another program: JSON Lines, or an mbox
    probing           a message sent by BCC through the real servers, and what its way tells of the settings
    checking          whether everything that is needed is there, and what to do where it is not
    service, schedule   WHEN: on schedule, on IDLE, until a signal                           [APScheduler]
    ending, watchdog, health   an end within 20 s; what hangs is ended; how the service fares
    metrics           the same for whoever watches it: metrics and /healthz, on loopback     [prometheus-client]
    notifying         the service manager is told: ready, alive, ending (sd_notify)
    examining, explaining   one message, judged and explained; nothing is stored
    reconciling, taking_back   the ledger and the mailbox side by side; filed mail that the database lost, filed again
    rematching        people and projects that were imported later, applied to what is filed
    worker, kept_inbox, opening   the parts put together: polls over a kept connection, rounds of notices
    differences, restored   where the ledger and the mailbox differ; a mailbox that is ahead of its ledger
    housekeeping      daily: what is not to be kept for ever is dropped, and files that nothing refers to are swept
    sending, digest   the outbox emptied, and the administrator's daily digest put into it
    poll              one look into the mailbox: batches, in an order that a kill cannot break
    retrying_mail, resettling   mail that a person wants judged again: decided anew, moved to where it belongs now
    stocktaking       once an hour: everything in the mailbox against the ledger
    arrivals          what waits in the mailbox, fetched ahead batch by batch
    deciding          messages at hand -> decided, each with everything that follows from it
    pipeline          WHAT: a batch of messages through the stages
    readers           processes that take the first look at a backlog, so that it uses all processors
    telling, events   what each stage came to, as it happens: for the log, and for whoever counts
    proving           authors, by what is known of the DNS at once, and else all at once
    sources           fetched octets, hashed, and durable before anything looks into them
    mailbox           IMAP: connect, search, fetch, settle, idle                             [imapclient]
    storage           ledger and activities (write), directory and listings (read), files    [peewee]
    child             what cannot be bounded, read in a process with limits
                                                      [compressed-rtf] [icalendar] [striprtf] [tnefparse]
    resolver          the DNS: cached, in bounded time                                       [dnspython]
    submission        SMTP: one conversation for many notices                                [smtplib]
    notices           what a refused sender is told, and the rules that forbid it; pure
    oauth2            access tokens to log in with, and a person's consent to them            [oauthlib]
    filing            first look, address, route, match, reasons, rules, decide, settlement; pure
    authentication    trace, SPF, DKIM, DMARC alignment, Authentication-Results, ARC -> may the author use From? pure
                                                   [cryptography] [dkimpy] [publicsuffixlist] [pyspf]
    settings          env file -> frozen Settings; the only reader of the environment        [python-dotenv]
    reaching, deadline   a connection, and when a conversation is to end
    late              what is imported with the first mail, and must not be missing by then
    memory            what a large message took is given back to the system
    retrying          the retry policies, by name                                            [tenacity]
    mail              octets -> Message; never raises, records defects; pure   [idna] [nh3] [pybase64] [resiliparse]
                      texts (what people read), parts, fields, coding (of octets and characters)
    errors, wording   "later" and "misconfigured"; words that agree with their numbers

`models/` beside this package holds the tables and their migrations; only `storage` imports it.

Standards followed: RFC 5322 (message; obsolete forms read leniently but for the author), 2045–2047, 2183, 2231 (MIME),
1896 (enriched), 3676 (flowed), 2557 (Content-Location), 5545, 5546, 6047 (invitations), 9580 (clear-signed text), 5233
(subaddress), 5321 (trace), 5598 (words), 5890/5891 (IDNA 2008), 3834 (automatic replies are recognised), 3501/9051
(IMAP: partial), 2177 (IDLE), 2342 (NAMESPACE), 4314 (ACL: rights are looked at), 4315 (UIDPLUS), 4616 (PLAIN), 5530
(response codes), 6532 (UTF-8 headers), 6851 (MOVE), 1870, 3207, 4954, 6152, 6409, 6531, 8314 (submission), 4959
(SASL-IR), 6749, 7628, 7636, 8252, 8628 (OAuth 2.0), 3463, 3464, 6522, 6533 (delivery status notifications), 7208 (SPF),
6376, 8301, 8463 (DKIM), 9989 (DMARC: alignment alone; policies and reports are not its affair), 8601
(Authentication-Results), 8617 (ARC: validated, not sealed), 1035, 2308, 6891, 7766 (DNS: a recursive server is asked),
3339 (dates), 4155 (mbox), 4180 (CSV), 8259 (JSON).
"""

__version__ = "0.1.0"
