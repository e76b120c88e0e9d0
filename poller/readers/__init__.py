"""Processes that take the first look at messages, so that reading a backlog uses all processors.

A message goes to a reader as a file descriptor, and what it saw comes back as one; only a few octets are sent besides.
The attachments of what may be filed it decodes into the worker's spool. A reader that is ended by a message, or does
not come to an end with it, fails that message alone; the others are read by new ones.
"""

from poller.readers.look import Look
from poller.readers.readers import Readers
from poller.readers.spooling import spooled

__all__ = ["Look", "Readers", "spooled"]
