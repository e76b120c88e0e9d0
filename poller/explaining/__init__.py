"""A judged message -> the whole decision as one document, with the place where each fact was found. Stores nothing."""

from poller.explaining.document import Found, explanation_of
from poller.explaining.people import Document

__all__ = ["Document", "Found", "explanation_of"]
