"""The configured ways to tell people: the built-in mail and `[notifiers.NAME]`."""

from __future__ import annotations

from syncd import plugins
from syncd.interfaces import Notifier
from syncd.settings import Settings

MAIL = "mail"
"""Name of the notifier that the section `[mail]` configures."""


def configured_ways(settings: Settings) -> dict[str, Notifier]:
    """By name. Raises ConfigError for a section that its notifier refuses."""
    kinds = {name: notifier.kind for name, notifier in settings.notifiers.items()}
    mail = {} if settings.mail is None else {MAIL: _notifier(settings, MAIL, "email", MAIL)}
    return mail | {
        name: _notifier(settings, name, kind, f"notifiers.{name}") for name, kind in kinds.items()
    }


def _notifier(settings: Settings, name: str, kind: str, section: str) -> Notifier:
    cls = plugins.notifier_class(kind)
    notifier: Notifier = cls(name, settings.validate_section(section, cls.Settings))
    return notifier
