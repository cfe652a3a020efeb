"""The wheel carries everything that the checkout has: data, catalogues, schemas, licence."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from catalogues import ROOMS, TOP


def test_every_file_of_every_package_is_in_the_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        check=True,
        capture_output=True,
        cwd=TOP,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    wanted = {
        str(path.relative_to(TOP / root))
        for root, package in ROOMS
        for path in (TOP / root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= packed
    strangers = {name.split("/")[0] for name in packed} - {package for _root, package in ROOMS}
    assert len(strangers) == 1 and strangers.pop().endswith(".dist-info")
    assert any(name.endswith("licenses/LICENSE") for name in packed)
