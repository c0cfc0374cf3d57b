"""Builds the package with Python's standard library alone (PEP 517, PEP 660), so that `pip install` needs no network.

The project is pure Python without dependencies: a wheel of it is a zip file of its sources and three small files.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
TAG = "py3-none-any"
MOMENT = (2026, 1, 1, 0, 0, 0)  # in archives, so that the same sources give the same bytes


def project() -> Dict[str, str]:
    """The plain texts of [project] in pyproject.toml; tomllib came with Python 3.11."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = re.search(r"^\[project\]$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    return dict(re.findall(r'^([a-z-]+) = "([^"\\]*)"$', section[1], re.MULTILINE))


def metadata() -> str:
    about = project()
    return "\n".join([
        "Metadata-Version: 2.1",
        f"Name: {about['name']}",
        f"Version: {about['version']}",
        f"Summary: {about['description']}",
        f"License: {about['license']}",
        f"Requires-Python: {about['requires-python']}",
        "Description-Content-Type: text/markdown",
        "",
        (ROOT / about["readme"]).read_text(encoding="utf-8"),
    ])  # fmt: skip


def info_dir() -> str:
    return f"{project()['name']}-{project()['version']}.dist-info"


def sources() -> Iterator[Tuple[str, bytes]]:
    for path in sorted(SOURCE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(SOURCE).as_posix(), path.read_bytes()


def write_wheel(folder: str, files: List[Tuple[str, bytes]]) -> str:
    info = info_dir()
    files = files + [
        (f"{info}/METADATA", metadata().encode()),
        (f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: daybook_build\nRoot-Is-Purelib: true\nTag: {TAG}\n".encode()),
    ]
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data in files) + f"{info}/RECORD,,\n"
    name = f"{project()['name']}-{project()['version']}-{TAG}.whl"
    with zipfile.ZipFile(Path(folder) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in files + [(f"{info}/RECORD", record.encode())]:
            entry = zipfile.ZipInfo(path, MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            wheel.writestr(entry, data)
    return name


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def build_wheel(wheel_directory: str, config_settings: Optional[dict] = None, metadata_directory: Optional[str] = None) -> str:
    return write_wheel(wheel_directory, list(sources()))


def build_editable(wheel_directory: str, config_settings: Optional[dict] = None, metadata_directory: Optional[str] = None) -> str:
    return write_wheel(wheel_directory, [("__editable__daybook.pth", f"{SOURCE}\n".encode())])


def build_sdist(sdist_directory: str, config_settings: Optional[dict] = None) -> str:
    base = f"{project()['name']}-{project()['version']}"
    files = [(f"src/{name}", data) for name, data in sources()]
    files += [(name, (ROOT / name).read_bytes()) for name in ("pyproject.toml", "README.md", "build_backend/daybook_build.py")]
    files += [("PKG-INFO", metadata().encode())]
    with tarfile.open(Path(sdist_directory) / f"{base}.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files:
            entry = tarfile.TarInfo(f"{base}/{name}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return f"{base}.tar.gz"


def get_requires_for_build_wheel(config_settings: Optional[dict] = None) -> List[str]:
    return []


get_requires_for_build_editable = get_requires_for_build_sdist = get_requires_for_build_wheel
