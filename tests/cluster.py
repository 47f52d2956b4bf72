"""测试用的 PostgreSQL: a cluster of its own in a temporary folder, without fsync, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Self

USER = "postgres"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
}


def program(name: str) -> str | None:
    """The newest installed `initdb` or `pg_ctl`, on the path or where Debian keeps them."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(debian[-1]) if debian else shutil.which(name)


def is_installed() -> bool:
    return program("initdb") is not None and program("pg_ctl") is not None


class Cluster:
    """A private PostgreSQL server; PostgreSQL refuses to run as root, so root lends it to user postgres."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hulianma-pg-"))
        self.port = _free_port()

    def start(self) -> Self:
        data = self.folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER, USER)
        self._run("initdb", "--pgdata", str(data), "--username", USER, "--auth", "trust",
                  "--encoding", "UTF8", "--locale", "C", "--no-sync")
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        self._run("pg_ctl", "--pgdata", str(data), "--wait", "--log", str(self.folder / "log"),
                  "--options", f"{options} -c port={self.port} -c unix_socket_directories={self.folder}", "start")
        return self

    def stop(self) -> None:
        self._run("pg_ctl", "--pgdata", str(self.folder / "data"), "--mode", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str = "postgres") -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def _run(self, name: str, *arguments: str) -> None:
        as_postgres = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        done = subprocess.run([*as_postgres, program(name) or name, *arguments], cwd=self.folder,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name} failed: {done.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
