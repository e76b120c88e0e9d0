"""Every key of the settings file, by topic, with its default and what it decides.

`settings.example.env` is this table, printed (`python -m poller.settings.example`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    default: str
    help: str


ORGANIZATION_KEYS = (
    Key("FILING_ADDRESS", "", "Required. The address that people put in BCC, such as mycompany@in.example.com. "
        "Its local part is the prefix: 1001.mycompany@… and mycompany+1001@… mean project 1001."),
    Key("ACTIVITY_TYPE", "", "Required. The type that activities get, such as E-mail."),
    Key("ACTIVITY_STATUS", "", "Required. The status that activities get, such as done."),
    Key("ACTIVITY_TYPE_CALENDAR_SYNC", "false", "Whether activities of this type appear in people's calendars."),
    Key("RETIRED_ADDRESSES", "", "Former filing addresses, also at other domains. Mail to them is refused (5.1.6)."),
    Key("NOTICE_LANGUAGE", "en", "en or fi."),
)  # fmt: skip

TOPICS: dict[str, tuple[Key, ...]] = {
    "What is filed, and as what": (
        *ORGANIZATION_KEYS,
        Key("INTEGRATION_ENABLED", "true", "false leaves the mailbox untouched."),
    ),
    "Mailbox": (
        Key("IMAP_HOST", "", "Required."),
        Key("IMAP_PORT", "", "Default 993 with tls, else 143."),
        Key("IMAP_SECURITY", "tls", "tls, starttls (mandatory then), or plain (only to a loopback address)."),
        Key("IMAP_USERNAME", "", "Required. The login of the catch-all mailbox."),
        Key("IMAP_PASSWORD", "", "Required, here or in a file, unless the OAUTH2_ keys are the login."),
        Key("IMAP_PASSWORD_FILE", "", "A file whose first line is the password."),
        Key("IMAP_FOLDER", "INBOX", "The folder that mail arrives in."),
        Key("START_POLICY", "new", "Mail that was there before the first contact: new passes it over, all files it, "
            "since:YYYY-MM-DD files what arrived on that day (UTC) or later."),
        Key("SETTLE", "move", "move takes handled mail to the folders below; flag leaves it where it is."),
        Key("FOLDER_FILED", "Filed", "Filed mail and copies of it."),
        Key("FOLDER_REJECTED", "Rejected", "Refused, and the sender may be told."),
        Key("FOLDER_QUARANTINE", "Quarantine", "Refused, and only the administrator is told."),
        Key("FOLDER_REVIEW", "Review", "No filing address was found."),
        Key("FOLDER_IGNORED", "Ignored", "Bounces, automatic replies, our own notices."),
        Key("POLL_INTERVAL", "60s", "How often the mailbox is looked at, besides IDLE."),
        Key("BATCH_SIZE", "50", "Messages fetched and committed together, 1 to 100."),
        Key("WORKERS", "", "Processes that read a backlog, 1 to 64. Default: one for each processor, at most 8."),
    ),
    "Which address counts": (
        Key("RECIPIENT_HEADERS", "X-Original-To X-Gm-Original-To X-Delivered-To X-Envelope-To Envelope-To Delivered-To",
            "Fields in which a server writes the envelope recipient, strongest first."),
        Key("DEDICATED_DOMAIN", "true", "Whether the filing domain receives nothing but mail for filing. With false, "
            "an address without a known or retired prefix is not ours instead of wrong."),
        Key("UNKNOWN_PROJECT", "reject", "An unknown project number: reject, or store without a project."),
        Key("INHERIT_PROJECT", "false", "true: a reply that is sent to the bare address takes the projects of the "
            "activity that it answers."),
    ),
    "Who may file, and who is recognised": (
        Key("REQUIRE_USER_AUTHOR", "false", "true: only users may file; false: a message to a user is filed too."),
        Key("MATCH_AUTHOR_CONTACT", "true", "Whether the author counts when contacts and their customer are sought."),
        Key("MAX_PARTICIPANTS", "200", "Participants stored with one activity; more are counted, not stored."),
    ),
    "What is stored": (
        Key("DATABASE_URL", "sqlite:///mailfiler.db", "sqlite:///FILE, or postgresql://user:password@host/name."),
        Key("FILES_URL", "files", "The folder of attachments and sources."),
        Key("KEEP_SOURCE", "true", "Whether the message itself is kept beside what was read from it."),
        Key("MAX_ATTACHMENT_SIZE", "50M", "A larger attachment is left out, and recorded by name and size."),
        Key("MAX_MESSAGE_SIZE", "100M", "A larger message is refused without being downloaded."),
        Key("RETAIN_SOURCES", "", "How long the sources of messages are kept after they were decided, such as 90d. "
            "Default for ever. `retry` needs them."),
        Key("RETAIN_LEDGER", "", "How long the ledger describes messages, and keeps the notices about them. Default "
            "for ever. Their keys, identities and outcomes stay in any case, and so do activities."),
    ),
    "Refusals and notices": (
        Key("REJECT_ACTION", "notify", "notify tells the sender where that is safe; flag never does."),
        Key("NOTIFY_NO_USER", "false", "Whether the sender is told when neither author nor recipients are users."),
        Key("SMTP_HOST", "", "The server that takes notices. Without one they are queued, and expire after two days."),
        Key("SMTP_PORT", "", "Default 465 with tls, 587 with starttls, 25 with plain."),
        Key("SMTP_SECURITY", "starttls", "tls, starttls (mandatory then), or plain (only to a loopback address)."),
        Key("SMTP_USERNAME", "", "The login, where the server asks for one."),
        Key("SMTP_PASSWORD", "", "Its password, here or in a file."),
        Key("SMTP_PASSWORD_FILE", "", "A file whose first line is the password."),
        Key("NOTICE_FROM", "", "The author of notices. Default mailer-daemon at the filing domain."),
        Key("NOTICE_ENVELOPE_FROM", "", "The envelope sender for a server that refuses the null sender, which notices "
            "have by default."),
        Key("NOTICE_TEMPLATES", "", "A folder with texts of your own, such as en/recipient-invalid.txt."),
        Key("ADMIN_ADDRESS", "", "Who gets a digest every day: what was filed, refused and deferred. Default nobody."),
    ),
    "Sender authentication": (
        Key("AUTH_POLICY", "aligned", "aligned: DKIM, or SPF of the envelope sender, must prove the From domain. dkim: "
            "SPF alone is not enough. monitor: everything is filed, and marked where unverified."),
        Key("MAIL_PROVIDER", "generic", "Whose mailbox it is: postfix, exim, gmail, m365, fastmail, icloud or generic. "
            "Presets for the five keys that follow."),
        Key("OUR_MTA_NAMES", "", "Names of our own mail servers as they write them behind `by` in Received, or endings "
            "such as .mx.example.com. Without them SPF cannot be evaluated."),
        Key("ENVELOPE_FROM_HEADER", "", "The field in which our server notes MAIL FROM. Default Return-Path."),
        Key("AUTH_SOURCE", "", "compute: SPF and DKIM are evaluated here. authres: our server's "
            "Authentication-Results are believed instead. both: either. Default compute; with m365 both."),
        Key("TRUSTED_AUTHSERV_ID", "", "The authserv-id in our own server's Authentication-Results, an ending such as "
            ".mx.example.com, or !exchange-online."),
        Key("AUTHRES_MTA_STAMPS_ALWAYS", "", "true is your word that our server stamps every message, so that no "
            "forged field is ever the first. AUTH_SOURCE=authres or both needs it."),
        Key("TRUSTED_RELAYS", "127.0.0.1 ::1", "Addresses of our own relays inside the border server."),
        Key("TRUSTED_ARC_SEALERS", "", "Domains of forwarders whose ARC chains are believed."),
        Key("REQUIRE_DKIM_DOMAINS", "", "Author domains for which, with all below them, SPF alone is not enough."),
        Key("UNAUTHENTICATED_OK", "", "domain@192.0.2.7 …: clients, such as a printer that scans to e-mail, that may "
            "use the domain without authentication."),
        Key("AUTH_DEFER_MAX_AGE", "72h", "How long temporary DNS errors defer a message before it is quarantined."),
        Key("AUTH_TIME_BUDGET", "20s", "Time for the DNS look-ups of one message."),
        Key("DKIM_MAX_SIGNATURES", "8", "Signatures looked at in one message, those of the author's domain first."),
        Key("DNS_SERVERS", "", "Such as 127.0.0.1:5353; default the system's."),
        Key("DNS_TIMEOUT", "5s", "For one answer."),
        Key("DNS_QUERY_BUDGET", "60", "Look-ups for one message."),
    ),
    "OAuth 2.0": (
        Key("OAUTH2_TOKEN_URL", "", "The provider's token endpoint; with MAIL_PROVIDER=gmail Google's by default. "
            "Access tokens from it are the login where there is no IMAP_PASSWORD, and with SMTP_USERNAME where there "
            "is no SMTP_PASSWORD."),
        Key("OAUTH2_CLIENT_ID", "", "The application's id at the provider."),
        Key("OAUTH2_CLIENT_SECRET", "", "Its secret, here or in a file."),
        Key("OAUTH2_CLIENT_SECRET_FILE", "", "A file whose first line is the secret."),
        Key("OAUTH2_REFRESH_TOKEN", "", "Of the mailbox's user, here or in a file: `mailfiler authorize` gets one. "
            "Without one the application's own rights are used (client credentials)."),
        Key("OAUTH2_REFRESH_TOKEN_FILE", "", "A file whose first line is the refresh token."),
        Key("OAUTH2_SCOPE", "", "What the tokens are for, such as https://outlook.office365.com/.default."),
    ),
    "Log and metrics": (
        Key("LOG_FORMAT", "text", "text or json."),
        Key("LOG_LEVEL", "info", "debug, info, warning or error."),
        Key("METRICS_LISTEN", "", "Where `run` serves /metrics and /healthz: a loopback address with a port, such as "
            "127.0.0.1:9464 or [::1]:9464. Default nowhere."),
    ),
}  # fmt: skip

DEFAULTS = {key.name: key.default for topic in TOPICS.values() for key in topic}
ORGANIZATION_NAMES = frozenset(key.name for key in ORGANIZATION_KEYS)
