"""A judged message -> the whole decision as one document, with the place where each fact was found. Stores nothing."""

from poller.explaining.document import Found, explanation_of

__all__ = ["Found", "explanation_of"]
