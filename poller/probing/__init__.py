"""A probe sent by BCC through the real mail servers -> what came of it, and the settings that it shows to be right."""

from poller.probing.asked import Asked
from poller.probing.probing import probe_findings

__all__ = ["Asked", "probe_findings"]
