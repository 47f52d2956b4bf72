"""微信校验文件: the file by which WeChat's platform sees whose the links of the plates are, so that a mini program can
take them over without a reprint.

It lies in `wechat/` of the data directory under the name that WeChat gave it. Whoever puts one there may lead every
plate of this installation to a mini program of his own: so it is put there by who runs the server, and no page takes
it. What is not exactly such a file is not served.
"""

import re
from pathlib import Path

FOLDER = "wechat"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
CONTENT = re.compile(rb"[\x21-\x7e]{1,256}")


def read(data_dir: Path, name: str) -> str | None:
    """What the file of this name (without its `.txt`, every letter as it was given) says; None where none is served."""
    if not NAME.fullmatch(name):
        return None
    found = next((path for path in _there(data_dir) if path.name == f"{name}.txt"), None)
    if found is None or found.stat().st_size > 1024:
        return None
    said = found.read_bytes().strip()
    return said.decode("ascii") if CONTENT.fullmatch(said) else None


def served(data_dir: Path) -> dict[str, bool]:
    """What lies in the folder, by name, and whether it is served."""
    return {path.name: path.suffix == ".txt" and read(data_dir, path.stem) is not None for path in _there(data_dir)}


def _there(data_dir: Path) -> list[Path]:
    """Told from the folder itself: a file system that takes a for A would answer to another name."""
    folder = data_dir / FOLDER
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
