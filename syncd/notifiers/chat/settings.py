"""The `[notifiers.NAME]` section of a chat: one address, which is a secret as a whole."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class ChatSettings(BaseModel):
    """Where messages are posted."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    secret_url: SecretStr = Field(
        description="Address of the room as apprise writes it, such as `mmosts://HOST/TOKEN`, "
        "`slack://A/B/C`, `workflows://…`, `matrixs://…` or `jsons://HOST/PATH`. Whoever knows it "
        "can post there.",
    )
    timeout: float = Field(
        default=20.0, gt=0, le=600, description="Seconds to wait for each answer of the server."
    )

    @field_validator("secret_url")
    @classmethod
    def _is_an_address(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        scheme, separator, rest = text.partition("://")
        if not separator or not scheme.isalnum() or not rest or not text.isprintable():
            raise ValueError("is not an address as apprise writes it, such as mmosts://HOST/TOKEN")
        return url
