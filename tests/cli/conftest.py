"""One small set of invented dossiers and one finished workspace for all tests of the main job."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.program import sohoa


@dataclass(frozen=True)
class Job:
    """Where the finished main job lies."""

    samples: Path
    space: Path
    exported: Path

    @property
    def inbox(self) -> Path:
        return self.samples / "inbox"

    @property
    def trust(self) -> list[str]:
        pki = self.space / "demo-pki"
        return [
            *("--public-service-anchor", str(pki / "root.pem")),
            *("--crl", str(pki / "root.crl"), "--crl", str(pki / "intermediate.crl")),
        ]


@pytest.fixture(scope="session")
def sample_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three invented dossiers, scanned well, and a legacy database."""
    folder = tmp_path_factory.mktemp("samples") / "mẫu"
    ran = sohoa("samples", "make", folder, "--dossiers", "3", "--seed", "7", "--level", "clean")
    assert ran.code == 0, ran.err
    return folder


@pytest.fixture(scope="session")
def job(sample_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The main job done on them: digitized, signed twice, exported."""
    root = tmp_path_factory.mktemp("job")
    made = Job(sample_set, root / "xã", root / "ra")
    for words in (
        ["init", made.space, "--agency-name", "UBND xã Thử", "--officer", "Trần Văn Thử"],
        ["digitize", made.inbox, "-w", made.space],
        ["sign", "--demo", "-w", made.space],
        ["export", made.exported, "-w", made.space],
    ):
        ran = sohoa(*words, timeout=300)
        assert ran.code == 0, (words, ran.err)
    return made


@pytest.fixture
def own(job: Job, tmp_path: Path) -> Job:
    """A copy of the finished workspace that a test may spoil."""
    shutil.copytree(job.space, tmp_path / "w")
    return Job(job.samples, tmp_path / "w", job.exported)
