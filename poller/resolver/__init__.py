"""The DNS: one caching resolver for SPF, DKIM, DMARC and ARC, and what one message may ask of it."""

from poller.resolver.caching import CachingResolver
from poller.resolver.message import MessageResolver

__all__ = ["CachingResolver", "MessageResolver"]
