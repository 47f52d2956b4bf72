"""开张: a serving process does not outlive the one that began it."""

import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHILD = """
import os, sys, threading, time
from feedback.cli import serve
serve.PATIENCE = 1
threading.Thread(target=serve.end_without, args=(int(sys.argv[1]), 0.05), daemon=True).start()
print("serving", flush=True)
time.sleep(120)
"""
PARENT = """
import os, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())], stdout=subprocess.PIPE, text=True)
print(child.stdout.readline().strip(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_serving_process_ends_when_the_one_that_began_it_is_killed() -> None:
    """The child holds the other end of standard error: it is at its end only when both are gone."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(PARENT), CHILD], cwd=ROOT, capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.stdout == "serving\n", done.stderr
