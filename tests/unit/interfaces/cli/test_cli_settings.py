"""Where settings come from, and writing peers into the settings file."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from isocenter.errors import BadRequest, ConfigurationError
from isocenter.interfaces.cli.settings_file import write_peer
from unit.interfaces.cli.conftest import Run


def sources(answer: str) -> dict[str, tuple[object, str]]:
    return {entry["name"]: (entry["value"], entry["source"]) for entry in json.loads(answer)}


def test_every_setting_is_shown_with_its_source(
    isocenter: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data" / "isocenter.toml"
    file.parent.mkdir()
    file.write_text("[dimse]\nport = 1104\nae_title = 'FILE'\n")
    monkeypatch.setenv("ISOCENTER_DIMSE__AE_TITLE", "ENVIRONMENT")
    found = sources(isocenter("config", "--json").out)
    assert found["dimse.port"] == (1104, str(file))
    assert found["dimse.ae_title"] == ("ENVIRONMENT", "environment")
    assert found["web.port"] == (8080, "default")
    assert "dimse.port" in isocenter("config").out


def test_the_file_that_is_named_wins_over_the_one_in_the_data_folder(
    isocenter: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "isocenter.toml").write_text("[dimse]\nport = 1\n")
    (tmp_path / "named.toml").write_text("[dimse]\nport = 2\n")
    (tmp_path / "environment.toml").write_text("[dimse]\nport = 3\n")
    assert sources(isocenter("config", "--json").out)["dimse.port"][0] == 1
    monkeypatch.setenv("ISOCENTER_CONFIG", str(tmp_path / "environment.toml"))
    assert sources(isocenter("config", "--json").out)["dimse.port"][0] == 3
    assert sources(isocenter("config", "--json", "--config", tmp_path / "named.toml").out)["dimse.port"][0] == 2


def test_a_password_is_not_shown(isocenter: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTER_INDEX__URL", "postgresql://me:secret@db/isocenter")
    answer = isocenter("config")
    assert "secret" not in answer.out
    assert "postgresql://me:***@db/isocenter" in answer.out


def test_a_wrong_setting_is_one_sentence(isocenter: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTER_DIMSE__PORT", "many")
    answer = isocenter("config")
    assert answer.code == 1
    assert answer.err.startswith("isocenter: Setting dimse.port (environment): ")


def test_a_peer_is_added_and_listed(isocenter: Run, tmp_path: Path) -> None:
    assert isocenter("peers", "--add", "ct1", "--ae-title", "CT1", "--host", "10.0.0.7", "--port", "104").code == 0
    assert "10.0.0.7:104" in isocenter("peers").out
    assert json.loads(isocenter("peers", "--json").out)["ct1"]["ae_title"] == "CT1"
    assert isocenter("peers", "--add", "new").code == 2
    assert (tmp_path / "data" / "isocenter.toml").stat().st_mode & 0o077 == 0


def test_the_rest_of_the_file_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "isocenter.toml"
    before = (
        "# our hospital\ndata = '/srv/images'  # big disk\n\n[peers.ct1]\nae_title = 'CT1'\n"
        "from_addresses = ['10.0.0.0/8']\n\n# the web door\n[web]\nport = 8081 # not 8080\n"
    )
    file.write_text(before)
    write_peer(file, "ct1", {"host": "10.0.0.9", "port": 11112})
    write_peer(file, "mr1", {"ae_title": 'MR "1"'})
    text = file.read_text()
    assert "# our hospital\ndata = '/srv/images'  # big disk\n" in text
    assert "# the web door\n[web]\nport = 8081 # not 8080\n" in text
    peers = tomllib.loads(text)["peers"]
    assert peers == {
        "ct1": {"ae_title": "CT1", "from_addresses": ["10.0.0.0/8"], "host": "10.0.0.9", "port": 11112},
        "mr1": {"ae_title": 'MR "1"'},
    }
    assert [path.name for path in tmp_path.iterdir()] == ["isocenter.toml"]


@pytest.mark.parametrize(
    "text",
    ["peers = { ct1 = { ae_title = 'A' } }\n", "peers.ct1.ae_title = 'A'\n", "[peers]\nct1 = {ae_title = 'A'}\n"],
)
def test_a_file_written_in_another_way_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "isocenter.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match="Write it by hand"):
        write_peer(file, "ct1", {"host": "h"})
    assert file.read_text() == text


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "x]\n[web"])
def test_a_name_that_is_no_bare_key_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRequest):
        write_peer(tmp_path / "f.toml", name, {"ae_title": "A"})


def test_values_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="ae_title"):
        write_peer(tmp_path / "f.toml", "a", {"ae_title": "LONGER THAN SIXTEEN"})
    assert not (tmp_path / "f.toml").exists()
