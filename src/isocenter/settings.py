"""Every setting, one frozen class per component; read once, passed in, never global.

A value comes from the command line, else the environment (``ISOCENTER_DIMSE__PORT``), else a TOML file, else the
default written here. ``isocenter config`` shows each value and where it comes from.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from isocenter.errors import ConfigurationError

__all__ = [
    "DimseSettings",
    "IndexSettings",
    "PeerSettings",
    "RecordSettings",
    "Settings",
    "StorageSettings",
    "WebSettings",
    "load_settings",
    "setting_sources",
]

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class StorageSettings(_Frozen):
    """Where and how bytes are kept."""

    lanes: int = Field(default=1, ge=1, le=64)
    """Open packs written at the same time. More lanes keep series apart, fewer make larger commit groups."""
    seal_bytes: int = Field(default=1 * GIB, ge=1 * MIB)
    """A pack is sealed when it has grown to this size."""
    seal_seconds: float = Field(default=4 * 3600.0, gt=0)
    """A pack is sealed when it is this old."""
    buffer_bytes: int = Field(default=256 * MIB, ge=8 * MIB)
    """Received bytes held in memory by all associations and requests together; beyond it, objects spill to disk."""
    spill_bytes: int = Field(default=8 * MIB, ge=64 * KIB)
    """An object larger than this is written to disk while it arrives, as a pack of its own."""
    reserve_bytes: int = Field(default=512 * MIB, ge=0)
    """Room kept free, so that deletion, login and the journal still work on a full disk."""
    failures_to_read_only: int = Field(default=3, ge=1)
    """Consecutive failed writes after which nothing more is accepted."""


class IndexSettings(_Frozen):
    """The database that finds things."""

    url: str = ""
    """An SQLAlchemy URL. Empty: SQLite in the data folder."""
    cache_bytes: int = Field(default=64 * MIB, ge=1 * MIB)
    """SQLite's page cache per connection."""
    mmap_bytes: int = Field(default=256 * MIB, ge=0)
    """How much of the SQLite file is read through memory mapping."""
    busy_seconds: float = Field(default=30.0, gt=0)
    """How long a write waits for another one to the same database."""
    query_timeout_seconds: float = Field(default=10.0, gt=0)
    """A query that runs longer is stopped and answered with an error."""
    max_results: int = Field(default=1000, ge=1)
    """Results of one QIDO-RS answer at the most; more are fetched with ``offset``."""
    max_find_results: int = Field(default=100_000, ge=1)
    """Matches of one C-FIND at the most."""


class RecordSettings(_Frozen):
    """What counts as the same patient, and how long a deletion can be undone."""

    default_issuer: str = ""
    """Issuer of Patient ID where neither the object nor the peer's profile names one."""
    generic_patient_ids: tuple[str, ...] = (
        "", "0", "00", "000", "0000", "1", "UNKNOWN", "NONE", "NULL", "N/A", "NA", "ANONYMOUS", "ANON", "ANONYMIZED",
        "TEST", "NOID", "NO ID", "XXX", "XXXX", "PATIENT", "PATIENTID", "DEFAULT",
    )  # fmt: skip
    """Patient IDs, compared in capitals, that say nothing: studies under them are never joined to one patient."""
    grace_seconds: float = Field(default=7 * 24 * 3600.0, ge=0)
    """Time in which a deletion can be undone; then the bytes are removed."""


class DimseSettings(_Frozen):
    """The DICOM listener."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=11112, ge=0, le=65535)
    """Port to listen on; 0 picks a free one."""
    ae_title: str = Field(default="ISOCENTER", min_length=1, max_length=16)
    """Our application entity title."""
    other_ae_titles: tuple[str, ...] = ()
    """Further titles that are answered."""
    accept_any_ae: bool = False
    """Accept callers that no peer names. Only wise on a closed network."""
    max_associations: int = Field(default=64, ge=1)
    """Associations at the same time."""
    max_associations_per_peer: int = Field(default=16, ge=1)
    """Associations of one AE title at the same time."""
    max_unknown_connections_per_address: int = Field(default=8, ge=1)
    """Connections of one address that have not yet become associations."""
    max_pdu_bytes: int = Field(default=128 * KIB, ge=4 * KIB, le=16 * MIB)
    """Largest P-DATA PDU that we announce to receive."""
    pdu_seconds: float = Field(default=30.0, gt=0)
    """A PDU must be complete within this time, and an association request must come within it (ARTIM)."""
    idle_seconds: float = Field(default=60.0, gt=0)
    """An association without a message for this long is aborted. Inside an object, data counts from 1 KiB/s."""
    operation_seconds: float = Field(default=60.0, gt=0)
    """As a user: how long a peer may take for one answer."""
    max_object_bytes: int = Field(default=8 * GIB, ge=1 * MIB)
    """Largest data set that is accepted."""
    accept_unknown_sop_classes: bool = True
    """Store private and unknown storage classes of known peers, as they come."""


class WebSettings(_Frozen):
    """The web door: DICOMweb under ``/dicomweb``, a status page under ``/``."""

    host: str = "127.0.0.1"
    """Address to listen on. Only loopback is possible until there are accounts."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 picks a free one."""


class PeerSettings(_Frozen):
    """One system that we know: how to reach it and what to make of what it sends."""

    ae_title: str = Field(min_length=1, max_length=16)
    """Its AE title."""
    host: str = ""
    """Its address: a name or an IP address. Empty: it only calls us."""
    port: int = Field(default=104, ge=1, le=65535)
    """Its DICOM port."""
    our_ae_title: str = ""
    """Our title towards it, if not the main one."""
    from_addresses: tuple[str, ...] = ()
    """Addresses or networks (CIDR) that it may call from. Empty: ``host`` is not checked."""
    default_issuer: str = ""
    """Issuer of Patient ID for objects of this peer that name none."""
    character_set: str = ""
    """Specific Character Set for answers to it. Empty: the requester's if it can hold every value, else UTF-8."""
    timezone: str = ""
    """Its offset from UTC, for example ``+0100``: what dates and times in its queries are meant in."""
    transfer_syntaxes: tuple[str, ...] = ()
    """Transfer syntaxes that it takes from us. Empty: what it negotiates."""
    conflicts: Literal["keep", "refuse"] = "keep"
    """What to do with another object under a known SOP Instance UID: keep it aside and say so, or refuse it."""
    idle_seconds: float | None = None
    """Idle time-out for it, if not the general one."""
    operation_seconds: float | None = None
    """Operation time-out for it, if not the general one."""


class Settings(BaseSettings):
    """All settings together."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="ISOCENTER_",
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    data: Path = Path("isocenter-data")
    """Folder for packs, index and everything else that is kept."""
    storage: StorageSettings = StorageSettings()
    index: IndexSettings = IndexSettings()
    record: RecordSettings = RecordSettings()
    dimse: DimseSettings = DimseSettings()
    web: WebSettings = WebSettings()
    peers: dict[str, PeerSettings] = {}
    """Known peers by the name that the command line uses."""

    @property
    def database_url(self) -> str:
        """The index's URL with the default filled in."""
        return self.index.url or f"sqlite:///{self.data / 'index.sqlite'}"


Layer = tuple[str, Mapping[str, Any]]  # values as found: strings from the environment, TOML types from files


def load_settings(
    *,
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read all settings. Raises ConfigurationError that names the setting, what is wrong, and where it came from."""
    layers = _layers(file, overrides or {}, environment)
    merged: dict[str, Any] = {}
    for _, values in reversed(layers):
        _merge(merged, values)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        origin = next((source for source, values in layers if _has(values, first["loc"])), "default")
        raise ConfigurationError(f"Setting {name} ({origin}): {first['msg']}.") from None


def setting_sources(
    *,
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, Any, str]]:
    """Yield every setting as (dotted name, value, where it comes from)."""
    layers = _layers(file, overrides or {}, environment)
    settings = load_settings(file=file, overrides=overrides, environment=environment)
    for name, value in _flatten(settings):
        path = tuple(name.split("."))
        yield name, value, next((source for source, values in layers if _has(values, path)), "default")


def _layers(
    file: Path | None, overrides: Mapping[str, Any], environment: Mapping[str, str] | None
) -> tuple[Layer, ...]:
    """Sources from strongest to weakest."""
    environment = os.environ if environment is None else environment
    named = file or (Path(environment["ISOCENTER_CONFIG"]) if environment.get("ISOCENTER_CONFIG") else None)
    if named is not None and not named.is_file():
        raise ConfigurationError(f"There is no settings file {named}.")
    layers: list[Layer] = [("command line", overrides), ("environment", _from_environment(environment))]
    if named is not None:
        try:
            layers.append((str(named), TomlConfigSettingsSource(Settings, named)()))
        except ValueError as error:
            raise ConfigurationError(f"Settings file {named} is not TOML: {error}.") from None
    return tuple(layers)


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, Any]:
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environment.items()}
    return source()


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, Mapping) else value


def _has(values: Any, path: tuple[Any, ...]) -> bool:  # Any: whatever a source holds at this place
    for part in path:
        if not isinstance(values, Mapping) or part not in values:
            return False
        values = values[part]
    return True


def _flatten(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _flatten(value, f"{prefix}{name}.")
        elif isinstance(value, dict):
            for key, item in value.items():
                yield from _flatten(item, f"{prefix}{name}.{key}.")
        else:
            yield f"{prefix}{name}", value
