"""Settings: option > ``SOHOA_*`` environment > ``sohoa.toml`` > user file > default.

Every value knows where it came from; unknown keys are errors, because a misspelt limit is a
missing limit. Secrets are never settings: there is no key that takes a PIN or a password.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sohoa_core.limits import Limits
from sohoa_core.store_errors import ConfigUnreadable, InvalidSetting, UnknownSetting

FILE_NAME = "sohoa.toml"
#: Environment names that are not settings of a section.
RESERVED = {"SOHOA_LANG", "SOHOA_WORKSPACE", "SOHOA_DEBUG", "SOHOA_PROGRAM"}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkspaceSection(_Section):
    """``[workspace]``: whose workspace it is."""

    actor: str = Field("", description="name for the journal; the login name when empty")
    agency_code: str = Field("", description="agency code of the office (mã định danh)")
    agency_name: str = Field("", description="name of the office, as it signs")
    officer_name: str = Field("", description="name of the officer who digitizes")


class StoreSection(_Section):
    """``[store]``: where the records are."""

    url: str = Field("", description="database URL; records.sqlite in the workspace when empty")
    vault: str = Field("", description="vault address; vault/ in the workspace when empty")
    busy_seconds: float = Field(30.0, gt=0, le=3600, description="wait for a locked database")


class LimitsSection(_Section):
    """``[limits]``: what one item may cost at most."""

    item_seconds: float = Field(300.0, gt=0)
    item_megabytes: int = Field(2048, ge=64)
    file_megabytes: int = Field(512, ge=1)
    page_pixels: int = Field(150_000_000, ge=1_000_000)
    page_side: int = Field(30_000, ge=1000)
    pages: int = Field(2000, ge=1)
    nesting: int = Field(64, ge=4)
    decompressed_megabytes: int = Field(2048, ge=1)


class BatchSection(_Section):
    """``[batch]``: how batches run."""

    executor: Literal["serial", "processes", "dask"] = "processes"
    workers: int = Field(0, ge=0, le=1024, description="0: one for each core")
    dask_address: str = Field("", description="address of an existing dask scheduler")


class DigitizeSection(_Section):
    """``[digitize]``: recognition."""

    engine: Literal["auto", "sohoa", "tesseract", "both"] = Field(
        "auto", description="who reads: our own reader, Tesseract, both, or ours with its vote"
    )
    language: str = Field("vie", pattern=r"^[A-Za-z_]+(\+[A-Za-z_]+)*$")
    tessdata: str = Field("", description="folder of other model data, for instance `best`")
    dpi_floor: int = Field(200, ge=50, le=1200, description="findings below this resolution")
    review_below: float = Field(0.90, ge=0, le=1, description="confidence that needs a person")
    separators: Literal["off", "on", "known"] = Field(
        "off", description="part piles at separator sheets; known: only codes in the records"
    )
    compress: bool = Field(False, description="smaller archival files; what is lost is stated")
    compress_quality: int = Field(60, ge=20, le=95, description="JPEG quality when compressing")
    four_eyes: bool = Field(False, description="a second person confirms every decision")


class SignSection(_Section):
    """``[sign]``: keys, levels, services and visible marks. Passwords have no place here."""

    profile: Literal["tt15", "compatible"] = "tt15"
    level: Literal["", "B-B", "B-T", "B-LT", "B-LTA"] = Field(
        "", description="PAdES level; B-T with a timestamp authority and B-B without when empty"
    )
    tsa: list[str] = Field(
        default_factory=list, description="timestamp authorities (URLs), asked in this order"
    )
    tsa_seconds: float = Field(10.0, gt=0, le=300, description="wait for a timestamp")
    tsa_parallel: int = Field(4, ge=1, le=64, description="timestamps asked for at a time")
    online: list[str] = Field(
        default_factory=list, description="services (URLs) that may be asked about revocation"
    )
    certificates: list[str] = Field(
        default_factory=list, description="files with further certificates of issuers"
    )
    crls: list[str] = Field(default_factory=list, description="revocation lists (files)")
    require_status: bool = Field(
        False, description="sign only when the issuer says that the certificate is not revoked"
    )
    form_of_copy: str = "Sao y"
    time_pattern: str = "%d/%m/%Y %H:%M:%S +07:00"
    key: Literal["", "file", "token", "remote"] = Field(
        "", description="which of the keys below signs; the only kind named when empty"
    )
    officer_p12: str = Field("", description="PKCS#12 file of the digitizing officer")
    agency_p12: str = Field("", description="PKCS#12 file of the agency")
    token_module: str = Field("", description="PKCS#11 module of the token's maker")
    token_label: str = Field("", description="label of the token")
    token_serial: str = Field("", description="serial number of the token")
    officer_certificate: str = Field("", description="the officer's on the token (fingerprint)")
    agency_certificate: str = Field("", description="the agency's on the token (fingerprint)")
    csc_url: str = Field("", description="remote signing service (CSC API)")
    csc_seconds: float = Field(30.0, gt=0, le=300, description="wait for that service")
    officer_credential: str = Field("", description="the officer's credential at the service")
    agency_credential: str = Field("", description="the agency's credential at the service")
    password_keyring: str = Field("", description="keyring entry with password or PIN")
    csc_token_keyring: str = Field("", description="keyring entry with the access token")


class VerifySection(_Section):
    """``[verify]``: trust; nothing is trusted unless it is named here or on the command line."""

    public_service_anchors: list[str] = Field(
        default_factory=list, description="PEM files of public-service roots (công vụ)"
    )
    public_anchors: list[str] = Field(
        default_factory=list, description="PEM files of public roots (công cộng)"
    )
    require_store: Literal["", "cong_vu", "cong_cong"] = Field(
        "", description="accept signers of this kind of authority only"
    )
    certificates: list[str] = Field(
        default_factory=list, description="files with further certificates of issuers"
    )
    crls: list[str] = Field(default_factory=list, description="revocation lists (files)")
    online: list[str] = Field(
        default_factory=list, description="services (URLs) that may be asked about revocation"
    )
    workers: int = Field(0, ge=0, le=1024, description="worker processes; 0: as many as pay")


class Settings(_Section):
    """All settings of a run."""

    workspace: WorkspaceSection = WorkspaceSection()
    store: StoreSection = StoreSection()
    limits: LimitsSection = LimitsSection()
    batch: BatchSection = BatchSection()
    digitize: DigitizeSection = DigitizeSection()
    sign: SignSection = SignSection()
    verify: VerifySection = VerifySection()

    def item_limits(self) -> Limits:
        """The limits as the workers take them."""
        return Limits(**self.limits.model_dump())


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings together with the origin of each value (``section.key`` -> place)."""

    settings: Settings
    origins: Mapping[str, str]

    def rows(self) -> list[tuple[str, Any, str]]:
        """``(section.key, value, origin)`` for every setting, in order."""
        found = []
        for section, model in self.settings:
            for key, value in model:
                name = f"{section}.{key}"
                found.append((name, value, self.origins.get(name, "default")))
        return found


def user_file() -> Path:
    """The settings file of the user (XDG base directory)."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "sohoa" / "config.toml"


def load(
    workspace: Path | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Gather the settings from every layer.

    ``options`` are ``section.key`` -> value pairs from the command line. Raises
    ``UnknownSetting``, ``InvalidSetting`` or ``ConfigUnreadable``, each naming the place.
    """
    values: dict[str, dict[str, Any]] = {}
    origins: dict[str, str] = {}

    def take(name: str, value: Any, origin: str) -> None:
        section, _, key = name.partition(".")
        model = Settings.model_fields.get(section)
        if model is None or not key or key not in _keys(section):
            raise UnknownSetting(where=origin, name=name)
        values.setdefault(section, {})[key] = value
        origins[name] = origin

    files = [user_file()]
    if workspace is not None:
        files.append(workspace / FILE_NAME)
    for path in files:
        for section, content in _read_toml(path).items():
            if not isinstance(content, dict):
                raise UnknownSetting(where=str(path), name=section)
            for key, value in content.items():
                take(f"{section}.{key}", value, str(path))
    environment = os.environ if environ is None else environ
    for variable in sorted(environment):
        if variable.startswith("SOHOA_") and variable not in RESERVED:
            section, _, key = variable[len("SOHOA_") :].lower().partition("__")
            text: Any = environment[variable]
            name = f"{section}.{key}"
            if section in Settings.model_fields and key in _keys(section):
                annotation = str(_keys(section)[key])
                if annotation.startswith("list"):
                    # Addresses hold colons: a list of them is separated by spaces.
                    separator = None if "://" in text else os.pathsep
                    text = [part for part in text.split(separator) if part]
            take(name, text, variable)
    for name, value in (options or {}).items():
        if value is not None:
            take(name, value, "--" + name.partition(".")[2].replace("_", "-"))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"][:2])
        raise InvalidSetting(
            where=origins.get(name, "default"), name=name, detail=first["msg"]
        ) from error
    return Loaded(settings, origins)


def _keys(section: str) -> dict[str, Any]:
    model = Settings.model_fields[section].annotation
    assert isinstance(model, type) and issubclass(model, BaseModel)
    return {name: field.annotation for name, field in model.model_fields.items()}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigUnreadable(where=str(path), detail=str(error)) from error
