"""量一量: GET the door and POST a case, beside a bare Flask and django-helpdesk's public form, on one server.

Each site is served alone by granian with one process; a few clients ask as fast as they are answered. A POST
is counted with the GET of its form: both sites need one. Rates are told as ratios to the bare application.

    python -m bench load
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from config import load
from feedback import db, installation, migrations
from feedback.models.people import Role
from tests import builders

HERE = Path(__file__).resolve().parent
TICKETS = ("django-helpdesk==2.6.1", "granian")
DOORS = 400
HIDDEN = re.compile(rb'<input[^>]*type="hidden"[^>]*>')
SENT = {"kind": "help", "text": "路灯坏了，晚上看不见路。", "answer_by": "page"}
TICKET = {"queue": "1", "title": "lamp", "body": "The lamp is broken, it is dark.", "priority": "3",
          "submitter_email": "a@example.org"}

Seen = tuple[bytes, http.client.HTTPResponse]
Ask = Callable[[http.client.HTTPConnection, int], int]
"""One visit of the n-th visitor; says the status of its last answer."""


@dataclass(frozen=True)
class Run:
    """How long, and how many at a time."""

    seconds: float
    clients: int


@dataclass
class Measured:
    """What clients saw."""

    per_second: float
    median_ms: float
    p99_ms: float
    failed: int


def measure(port: int, ask: Ask, run: Run) -> Measured:
    """Asks from several threads for so many seconds."""
    took: list[float] = []
    failed: list[int] = []
    end = time.monotonic() + run.seconds

    def visit(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        n = first
        while time.monotonic() < end:
            begun = time.perf_counter()
            try:
                status = ask(connection, n)
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            took.append(time.perf_counter() - begun)
            failed.extend([status] * (status != 200))
            n += run.clients

    threads = [threading.Thread(target=visit, args=(n,)) for n in range(run.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(took)
    slowest = ordered[int(len(took) * 0.99)]
    return Measured(len(took) / run.seconds, statistics.median(took) * 1000, slowest * 1000, len(failed))


def get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> Seen:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.read(), answer


def send(connection: http.client.HTTPConnection, path: str, seen: bytes, answer: http.client.HTTPResponse,
         fields: dict[str, str], headers: dict[str, str]) -> int:
    """Fills in the form that was seen, as a browser does, and follows where it leads."""
    hidden = {name: value for tag in HIDDEN.findall(seen) if (name := attribute(tag, "name"))
              if (value := attribute(tag, "value")) is not None}
    cookies = "; ".join(line.split(";")[0] for line in answer.headers.get_all("Set-Cookie") or [])
    body = urlencode({**hidden, **fields})
    connection.request("POST", path, body, {
        **headers, "Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"})
    answered = connection.getresponse()
    answered.read()
    return 200 if answered.status == 302 else answered.status


def attribute(tag: bytes, name: str) -> str | None:
    found = re.search(rf'{name}="([^"]*)"'.encode(), tag)
    return found[1].decode() if found else None


@contextmanager
def served(*command: str, port: int, environ: dict[str, str]) -> Iterator[None]:
    """A server until the end of the block."""
    process = subprocess.Popen(command, cwd=HERE, env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(450):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def a_town(environ: dict[str, str]) -> list[str]:
    """A township with many doors; their tokens."""
    installation.open_with(load(environ))
    migrations.upgrade(db.engine())
    place = builders.a_township()
    builders.a_person(place.microgrid, Role.GUARDIAN)
    tokens = [builders.a_code(builders.a_household(place.microgrid)).token for _ in range(DOORS)]
    db.session.commit()
    db.disconnect()
    return tokens


def from_somewhere(n: int) -> dict[str, str]:
    """Each visitor has an address of her own: nobody is slowed for the others."""
    return {"X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", "Accept-Encoding": "gzip"}


def tickets_python(folder: Path) -> Path | None:
    """An environment with django-helpdesk; None where it can't be installed."""
    python = folder / "bin" / "python"
    venv.create(folder, with_pip=True)
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", *TICKETS], check=False, stderr=subprocess.DEVNULL)
    return python if done.returncode == 0 else None


def told(name: str, got: Measured, base: Measured | None, weight: int | None = None) -> None:
    ratio = f"{got.per_second / base.per_second:6.1%} of bare" if base else " " * 14
    page = f", {weight:,} bytes gzipped" if weight is not None else ""
    wrong = f", {got.failed} FAILED" if got.failed else ""
    times = f"median {got.median_ms:6.1f} ms  p99 {got.p99_ms:7.1f} ms"
    print(f"{name:<30} {got.per_second:8.1f}/s  {ratio}  {times}{page}{wrong}", flush=True)


def main(seconds: float, clients: int, database: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run = Run(seconds, clients)
        base = bare(run)
        ours(home, database or f"sqlite:///{home / 'bench.db'}", base, run)
        if database is None:
            theirs(home, base, run)


def bare(run: Run) -> tuple[Measured, Measured]:
    port = free_port()
    with served(*granian(sys.executable, "bare:app", port), port=port, environ={}):
        one = measure(port, lambda c, n: get(c, "/", {})[1].status, run)
        two = measure(port, lambda c, n: send(c, "/", *get(c, "/", {}), SENT, {}), run)
    told("bare Flask GET", one, None)
    told("bare Flask GET and POST", two, None)
    return one, two


def ours(home: Path, url: str, base: tuple[Measured, Measured], run: Run) -> None:
    port = free_port()
    environ = {"HLM_ALLOW_HTTP": "1", "HLM_BASE_URL": f"http://localhost:{port}", "HLM_BEHIND_PROXY": "1",
               "HLM_DATABASE_URL": url, "HLM_DATA_DIR": str(home / "data")}
    tokens = a_town(environ)

    def door(n: int) -> str:
        return f"/d/{tokens[n % DOORS]}"

    hulianma = str(Path(sys.executable).with_name("hulianma"))
    with served(hulianma, "serve", "--port", str(port), port=port, environ=environ):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        page = get(connection, door(0), {})[0]
        weight = len(gzip.compress(page))
        told("door page GET", measure(
            port, lambda c, n: get(c, door(n), from_somewhere(n))[1].status, run), base[0], weight)
        told("door page GET, case POST", measure(
            port, lambda c, n: send(c, door(n), *plain(c, door(n), n), SENT, from_somewhere(n)), run), base[1])


def plain(connection: http.client.HTTPConnection, path: str, n: int) -> Seen:
    """The page uncompressed, so that its hidden fields can be read."""
    return get(connection, path, {**from_somewhere(n), "Accept-Encoding": "identity"})


def theirs(home: Path, base: tuple[Measured, Measured], run: Run) -> None:
    python = tickets_python(home / "tickets")
    if python is None:
        print("django-helpdesk could not be installed here: not measured")
        return
    environ, port, path = {"HELPDESK_HOME": str(home)}, free_port(), "/tickets/submit/"
    subprocess.run([python, HERE / "tickets.py"], env={**os.environ, **environ}, check=True)
    with served(*granian(str(python), "tickets:app", port), port=port, environ=environ):
        page = get(http.client.HTTPConnection("127.0.0.1", port), path, {})[0]
        told("django-helpdesk GET", measure(port, lambda c, n: get(c, path, {})[1].status, run), base[0],
             len(gzip.compress(page)))
        told("django-helpdesk GET, POST", measure(
            port, lambda c, n: send(c, path, *get(c, path, {}), TICKET, {}), run), base[1])


def granian(python: str, target: str, port: int) -> list[str]:
    return [python, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4", target]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8, help="for each measure")
    parser.add_argument("--clients", type=int, default=4, help="asking at the same time")
    parser.add_argument("--database", help="an empty PostgreSQL database; default: SQLite, beside django-helpdesk")
    given = parser.parse_args()
    main(given.seconds, given.clients, given.database)
