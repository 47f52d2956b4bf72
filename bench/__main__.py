"""量一量: every bench in turn, at sizes that take minutes; each file takes options for larger ones."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
RUNS = {
    "load": ["--seconds", "8"],
    "worklist": ["--small", "5000", "--large", "5000000"],
    "tick": ["--small", "10000", "--large", "1000000"],
    "plates": [],
    "imports": [],
}

for name, arguments in RUNS.items():
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    print(f"\n== {name}", flush=True)
    kept, sys.argv = sys.argv, [name, *arguments]
    try:
        runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")
    finally:
        sys.argv = kept
