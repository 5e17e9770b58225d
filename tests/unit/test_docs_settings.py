"""The settings page says what the settings are: no name missing, none left over, every default as it is."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from isocenter.settings import PeerSettings, Settings, load_settings, setting_sources

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools/make_settings_page.py"
PAGE = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
NAMES = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)


def test_the_page_is_up_to_date() -> None:
    made = runpy.run_path(str(TOOL))["page"]()
    assert made == PAGE, "run python tools/make_settings_page.py"


def test_every_setting_has_one_row() -> None:
    known = {name for name, _, _ in setting_sources(environment={})}
    peers = {f"peers.NAME.{name}" for name in PeerSettings.model_fields}
    assert set(NAMES) == known | peers
    assert len(NAMES) == len(set(NAMES))


def test_a_setting_without_a_docstring_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = runpy.run_path(str(TOOL))
    monkeypatch.setattr(Settings.model_fields["data"], "description", None)
    with pytest.raises(SystemExit, match="data has no docstring"):
        made["page"]()


def test_the_example_is_accepted(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    file = tmp_path / "isocenter.toml"
    file.write_text(example[1], encoding="utf-8")
    settings = load_settings(file=file, environment={})
    assert settings.dimse.ae_title == tomllib.loads(example[1])["dimse"]["ae_title"]
    assert settings.peers["ct1"].default_issuer == "HOSPITAL"
