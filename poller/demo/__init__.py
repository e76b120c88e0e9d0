"""The embedded default: the same program against its own mail servers, with a small company's directory and mail.

`python -m poller.demo` starts an IMAP and an SMTP server on loopback (`servers`), imports a sample directory, delivers
sample messages of every kind (`samples`), files them with the program itself and keeps running. `send` delivers a
message of one's own. Nothing stands in for a stage: settings, commands, database and mailbox are the real ones.
"""
