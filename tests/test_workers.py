"""人手: in order, whatever goes wrong; no worker outlives its employer."""

import errno
import importlib
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback.workers import Lost, workers

EMPLOYER = """
import os, sys, time
from feedback.workers import workers

with workers(2) as spread:
    pids = set()
    while len(pids) < 2:
        pids |= set(spread(eval, ["__import__('time').sleep(0.05) or __import__('os').getpid()"] * 4))
    print(*pids, flush=True)
    {then}
"""
"""A program with two workers that are known by their numbers."""
READER = """
from pathlib import Path
from feedback import scanning

with scanning.readers(2) as read:
    print(len(list(read(scanning.Stack(Path("a.png"), (1,), False) for _ in range(2)))))
"""


UNTOLD = """
class Wrong(Exception):
    def __init__(self, door, sheet):
        super().__init__(f"{door} on {sheet}")

class Kept(Exception):
    def __init__(self):
        super().__init__("kept")
        self.why = lambda: "kept"

class Mute:
    def __reduce__(self):
        return int, ("no number",)

def does(what):
    if what == "wrong":
        raise Wrong("36", "4")
    if what == "kept":
        raise Kept
    return [bytes(100_000), Mute(), bytes(100_000)] if what == "mute" else what
"""
"""A module whose errors and results don't survive the way between two processes."""


def employed(then: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", EMPLOYER.format(then=then)], process_group=0, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def outlived(numbers: list[int]) -> list[int]:
    """Those still there after a while; they are ended."""
    until = time.monotonic() + 20
    while (left := [each for each in numbers if Path(f"/proc/{each}").exists()]) and time.monotonic() < until:
        time.sleep(0.05)
    for each in left:
        os.kill(each, signal.SIGKILL)
    return left


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_come_in_the_order_of_the_parts(jobs: int) -> None:
    with workers(jobs) as spread:
        assert list(spread(operator.neg, range(50))) == [-each for each in range(50)]
        assert list(spread(operator.neg, [])) == []


def test_large_parts_and_large_results_pass_each_other() -> None:
    parts = [bytes([each]) * 3_000_000 for each in range(8)]
    with workers(2) as spread:
        assert list(spread(bytes.swapcase, parts)) == [bytes.swapcase(each) for each in parts]


def test_work_is_asked_for_no_further_ahead_than_keeps_everybody_busy() -> None:
    taken: list[int] = []

    def parts() -> Iterator[int]:
        for each in range(100):
            taken.append(each)
            yield each

    with workers(2) as spread:
        results = spread(operator.neg, parts())
        next(results)
        assert len(taken) < 10


def test_what_goes_wrong_with_a_part_is_raised_in_its_turn_and_tells_where() -> None:
    parts: list[Any] = ["a", 1, "bc"]
    with workers(2) as spread:
        results = spread(len, parts)
        assert next(results) == 1
        with pytest.raises(TypeError, match="has no len") as wrong:
            next(results)
        assert "In a worker" in wrong.value.__notes__[0]
        assert list(spread(operator.neg, [3])) == [-3]


@pytest.mark.parametrize(("what", "kind", "words"), [
    ("wrong", RuntimeError, "36 on 4"), ("kept", RuntimeError, "kept"), ("mute", ValueError, "no number"),
])
def test_what_can_t_be_told_is_said_in_words_and_the_next_part_gets_its_own_answer(
    what: str, kind: type[Exception], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "untold.py").write_text(UNTOLD)
    monkeypatch.syspath_prepend(tmp_path)
    does = importlib.import_module("untold").does
    with workers(2) as spread:
        with pytest.raises(kind, match=words):
            list(spread(does, [what]))
        assert list(spread(does, ["told"])) == ["told"]  # what its employer finds, a worker finds
        assert [list(spread(operator.neg, [each])) for each in range(6)] == [[-each] for each in range(6)]


def test_a_function_no_worker_can_find_is_said_so_and_the_workers_go_on() -> None:
    with workers(2) as spread:
        with pytest.raises(ModuleNotFoundError, match="nowhere"):
            list(spread(operator.methodcaller("__call__"), [_Nowhere()]))
        assert list(spread(operator.neg, [3, 4])) == [-3, -4]


class _Nowhere:
    """Found in a module that there isn't."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return importlib.import_module, ("nowhere",)


def test_half_a_crew_is_sent_home_where_no_more_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def popen(*said: Any, **how: Any) -> "subprocess.Popen[bytes]":
        if len(begun) == 2:
            raise OSError(errno.EMFILE, "Too many open files")
        begun.append(usual(*said, **how))
        return begun[-1]

    usual = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(OSError, match="Too many"), workers(3):
        pass
    assert [each.returncode for each in begun] == [-signal.SIGKILL] * 2


@pytest.mark.parametrize("closed", ["2>&-", "0<&- 1>&- 2>&-"])
def test_an_employer_without_standard_error_has_workers_too(closed: str, tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = f"""
import pathlib
from feedback.workers import workers
with workers(2) as spread:
    pathlib.Path({str(said)!r}).write_text(str(list(spread(abs, [-1, -2]))))
"""
    subprocess.run(["/bin/sh", "-c", f'"$0" -c "$1" {closed}', sys.executable, program], check=True)
    assert said.read_text() == "[1, 2]"


def test_a_worker_that_is_killed_is_lost_and_said_so() -> None:
    with workers(2) as spread, pytest.raises(Lost, match="-9"):
        list(spread(eval, ["1", "__import__('os').kill(__import__('os').getpid(), 9)", "2"]))


def test_a_worker_loads_nothing_of_the_program_it_works_for() -> None:
    with workers(2) as spread:
        (loaded,) = spread(eval, ["sorted(__import__('sys').modules)"])
    assert not {"sqlalchemy", "flask", "feedback.db", "feedback.cli", "tests", "pytest"} & set(loaded)


def test_what_a_worker_prints_does_not_mix_with_what_it_answers(capfd: pytest.CaptureFixture[str]) -> None:
    with workers(2) as spread:
        assert list(spread(print, ["said aloud"])) == [None]
        assert list(spread(eval, ["__import__('os').write(1, b'and past Python') and 7"])) == [7]
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("then", ["time.sleep(60)", "list(spread(time.sleep, [0.2] * 200))"], ids=["idle", "at work"])
def test_no_worker_outlives_its_employer_however_that_one_ends(end: signal.Signals, then: str) -> None:
    with employed(then) as employer:
        assert employer.stdout is not None
        numbers = [int(each) for each in employer.stdout.readline().split()]
        os.killpg(employer.pid, end)
        said = employer.communicate()[1]
    assert (len(numbers), outlived(numbers)) == (2, [])
    assert said.count("Traceback") <= 1  # Ctrl-C is the employer's alone


def test_whoever_reads_pages_for_a_process_ends_without_a_word(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", READER], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("2\n", "")
