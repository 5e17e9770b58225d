"""Plants violations in a copy of the project and sees each check fail: a check that cannot fail checks nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(copy / "src"), "PATH": "/usr/bin:/bin", "HOME": str(copy)}
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def layers(copy: Path) -> subprocess.CompletedProcess[str]:
    return run(copy, "lint-imports", "--no-cache")


def purity(copy: Path) -> subprocess.CompletedProcess[str]:
    return run(copy, "python", "tools/check_purity.py", "src/isocenter")


IMPORTS = ["socket", "ssl", "asyncio", "threading", "multiprocessing", "concurrent.futures", "time", "random"]
CLOCKS = [
    "import datetime\nNOW = datetime.datetime.now()\n",
    "from datetime import datetime\nNOW = datetime.utcnow()\n",
    "from datetime import date\nTODAY = date.today()\n",
]


def test_the_clean_project_passes(copy: Path) -> None:
    assert layers(copy).returncode == 0, layers(copy).stdout
    assert purity(copy).returncode == 0, purity(copy).stdout


@pytest.mark.parametrize("layer", ["dicom", "protocol"])
@pytest.mark.parametrize("module", IMPORTS)
def test_an_impure_import_is_found(copy: Path, layer: str, module: str) -> None:
    (copy / "src/isocenter" / layer / "planted.py").write_text(f"import {module}\n")
    found = purity(copy)
    assert found.returncode == 1
    assert f"planted.py:1: imports {module}" in found.stdout


def test_import_linter_finds_an_impure_import(copy: Path) -> None:
    (copy / "src/isocenter/dicom/planted.py").write_text("import socket\n")
    (copy / "src/isocenter/protocol/planted.py").write_text("import time\n")
    found = layers(copy)
    assert found.returncode != 0
    assert "isocenter.dicom.planted -> socket" in found.stdout
    assert "isocenter.protocol.planted -> time" in found.stdout


@pytest.mark.parametrize("layer", ["dicom", "protocol"])
@pytest.mark.parametrize("source", CLOCKS)
def test_a_question_for_the_time_is_found(copy: Path, layer: str, source: str) -> None:
    (copy / "src/isocenter" / layer / "planted.py").write_text(source)
    assert "take it as a parameter" in purity(copy).stdout


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("dicom", "isocenter.protocol"),
        ("protocol", "isocenter.storage"),
        ("storage", "isocenter.index"),
        ("index", "isocenter.storage"),
        ("services", "isocenter.interfaces"),
        ("interfaces", "isocenter.app"),
        ("services", "socket"),
        ("services", "starlette"),
    ],
)
def test_an_import_that_points_up_is_found(copy: Path, where: str, what: str) -> None:
    (copy / "src/isocenter" / where / "planted.py").write_text(f"import {what}\n")
    assert layers(copy).returncode != 0


def test_lint_format_and_types_are_found(copy: Path) -> None:
    planted = copy / "src/isocenter/planted.py"
    planted.write_text('"""A module."""\n\nimport os\n\n\ndef f(x) -> int:\n    return "x"\n')
    assert "F401" in run(copy, "ruff", "check", str(planted)).stdout
    assert run(copy, "ruff", "check", str(planted)).returncode == 1
    found = run(copy, "mypy", str(planted))
    assert found.returncode == 1
    assert "no-untyped-def" in found.stdout
    assert "return-value" in found.stdout
    planted.write_text("x  =  1\n")
    assert run(copy, "ruff", "format", "--check", str(planted)).returncode == 1
