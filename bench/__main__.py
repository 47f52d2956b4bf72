"""量一量: every bench in turn, on both databases, at sizes that take minutes; each file takes options for larger ones.

    python -m bench [NAME …]

PostgreSQL is a server of its own in a temporary folder, gone afterwards; where it is not installed SQLite is measured
alone, and that is said.
"""

import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import Cluster, is_installed
from tests.schema import in_cluster, with_name

HERE = Path(__file__).parent
RUNS = {
    "load": ["--seconds", "8"],
    "worklist": ["--small", "5000", "--large", "1000000"],
    "tick": ["--small", "10000", "--large", "300000"],
    "imports": [],
    "exports": ["--small", "20000", "--large", "200000"],
    "matrices": [],
    "plates": ["--plates", "10000", "--theirs", "1000", "--rounds", "1"],
    "durability": [],
    "figures": ["--cases", "200000", "--small", "10000"],
    "desks": ["--tickets", "100000"],
}
OF_BOTH = {"figures"}
"""What measures both databases by itself."""
OF_SQLITE = {"matrices", "plates", "durability", "desks"}


def main(wanted: list[str]) -> None:
    with server() as cluster:
        for name, arguments in RUNS.items():
            if wanted and name not in wanted:
                continue
            if name not in OF_BOTH:
                run(name, arguments, "" if name in OF_SQLITE else " on SQLite")
            if cluster is not None and name not in OF_SQLITE:
                in_cluster(cluster.url(), f"CREATE DATABASE bench_{name}")
                run(name, [*arguments, "--database", with_name(cluster.url(), f"bench_{name}")],
                    " on both" if name in OF_BOTH else " on PostgreSQL")
            elif name in OF_BOTH:
                run(name, arguments, " on SQLite")


@contextmanager
def server() -> Iterator[Cluster | None]:
    """A PostgreSQL server until the end of the block; None where there is none."""
    if not is_installed():
        print("PostgreSQL is not installed: SQLite alone is measured")
        yield None
        return
    cluster = Cluster().start()
    try:
        yield cluster
    finally:
        cluster.stop()


def run(name: str, arguments: list[str], where: str) -> None:
    print(f"\n== {name}{where}", flush=True)
    kept, sys.argv = sys.argv, [name, *arguments]
    try:
        runpy.run_module(f"bench.{name}", run_name="__main__", alter_sys=True)
    finally:
        sys.argv = kept


main(sys.argv[1:])
