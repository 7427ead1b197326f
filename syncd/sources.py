"""A configured source: how its connector is made, also anew when its credential was replaced."""

from __future__ import annotations

import hashlib
import json
import logging

from pydantic import BaseModel, SecretStr

from syncd import plugins
from syncd.errors import SyncdError
from syncd.interfaces import Connector
from syncd.reading import Source
from syncd.settings import Settings
from syncd.settings.settings import reveal

log = logging.getLogger(__name__)


def configured(settings: Settings, name: str) -> Source:
    """The source of `[sources.NAME]`. Raises ConfigError for a section that it refuses."""
    maker = _Maker(settings, name)
    return Source(
        name=name,
        build=maker.build,
        renew=maker.renew,
        account=maker.account,
        is_spread_out=maker.is_spread_out,
    )


def built(settings: Settings, name: str) -> Connector:
    """Its connector. Raises ConfigError as `configured` does."""
    return configured(settings, name).build()


def all_configured(settings: Settings) -> tuple[Source, ...]:
    """Every source, sorted by name. Raises ConfigError as `configured` does."""
    return tuple(configured(settings, name) for name in sorted(settings.sources))


class _Maker:
    def __init__(self, settings: Settings, name: str) -> None:
        self._settings, self._name = settings, name
        self._class = plugins.connector_class(settings.sources[name].kind)
        self._section = self._read(settings)

    @property
    def account(self) -> str:
        """A digest of where the source is and of its credential; "" where it has none."""
        fields = self._section.model_dump() if isinstance(self._section, BaseModel) else {}
        secrets = [v.get_secret_value() for v in fields.values() if isinstance(v, SecretStr)]
        said = json.dumps([fields.get("url"), fields.get("user"), secrets])
        return hashlib.sha256(said.encode()).hexdigest() if secrets else ""

    @property
    def is_spread_out(self) -> bool:
        """Whether the connector says that its scopes lie at places of their own."""
        return bool(getattr(self._class, "is_spread_out", False))

    def build(self) -> Connector:
        connector: Connector = self._class(self._name, self._section)
        return connector

    def renew(self) -> Connector | None:
        """A connector with the credential that is configured now; None if it is still the same."""
        try:
            section = self._read(self._settings.again())
        except SyncdError as error:
            log.warning("source.renew source=%s error=%s", self._name, error)
            return None
        if section == self._section:
            return None
        log.info("source.renewed source=%s", self._name)
        self._section = section
        return self.build()

    def _read(self, settings: Settings) -> object:
        section = settings.validate_section(f"sources.{self._name}", self._class.Settings)
        ours = _writing_accounts(settings, self._name)
        bots = getattr(section, "bots", None)
        if not ours or not isinstance(section, BaseModel) or not isinstance(bots, tuple):
            return section
        return section.model_copy(update={"bots": (*bots, *ours)})


def _writing_accounts(settings: Settings, source: str) -> tuple[str, ...]:
    """Accounts that write our own notes there: what they do is nobody's work on an item."""
    told = (reveal(one.options) for one in settings.notifiers.values())
    return tuple(
        str(one["account"]) for one in told if one.get("source") == source and one.get("account")
    )
