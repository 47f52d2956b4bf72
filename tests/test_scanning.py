"""认读: whoever reads pages for a process ends without a word."""

import subprocess
import sys
from pathlib import Path

READS = """
from pathlib import Path
from feedback import scanning

if __name__ == "__main__":
    with scanning.readers(2) as read:
        list(read(scanning.Stack(Path("a.png"), (1,), False) for _ in range(2)))
"""


def test_whoever_reads_pages_for_a_process_ends_without_a_word(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(READS)
    assert subprocess.run([sys.executable, program], capture_output=True, text=True, check=True).stderr == ""
