"""Env file -> frozen Settings. The only reader of the environment."""

from poller.settings.load import load_settings
from poller.settings.model import (
    AuthPolicy,
    AuthSettings,
    DatabaseSettings,
    FilingAddress,
    Folders,
    ImapSettings,
    OrganizationSettings,
    RejectAction,
    RoutingSettings,
    Security,
    Settings,
    Settle,
    StartPolicy,
    UnknownProject,
)

__all__ = [
    "AuthPolicy",
    "AuthSettings",
    "DatabaseSettings",
    "FilingAddress",
    "Folders",
    "ImapSettings",
    "OrganizationSettings",
    "RejectAction",
    "RoutingSettings",
    "Security",
    "Settings",
    "Settle",
    "StartPolicy",
    "UnknownProject",
    "load_settings",
]
