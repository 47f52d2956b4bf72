"""核对: reads printed plates as a stranger would, and compares every one of them with the register.

Of each plate: do two decoders read it, is its address the register's to the letter, the code active, there once, true
in size, upright and alone in its quiet zone, and do the words beside it name the same door and the same token. Then:
is every door there that should be. Of a random sample only the pages drawn are rasterised; the words of all others are
read all the same, so that a plate that lacks, is there twice or has ended is found wherever it is.
"""

import random
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from feedback import scanning
from feedback.codes import bundles
from feedback.codes.bundles import Bundle
from feedback.codes.comparison import SMALLEST_CODE, SMALLEST_MODULE, Comparison, Difference, Fault, token_in
from feedback.decoding import Decoder
from feedback.errors import Refusal
from feedback.scanning import Sheet, Stack
from feedback.words import N_

__all__ = [
    "SMALLEST_CODE", "SMALLEST_MODULE", "Decoder", "Difference", "Fault", "Result", "check", "token_in",
]

_SEEDS = 1_000_000
_WORTH_JOBS = 16
"""Fewer pages than this are read sooner than other processes are started."""


@dataclass(frozen=True)
class Result:
    """What a check came to."""

    plates: int
    """Found on all pages, by their codes or, where nothing was rasterised, by their words."""
    looked_at: int
    """Of these, on pages that were rasterised."""
    read: Mapping[Decoder, int]
    """Of these, read by each decoder."""
    pages: int
    pages_looked_at: int
    sample: int | None
    """How many plates were asked for at least; None: all."""
    seed: int | None
    """What draws the same pages again."""
    digests: Mapping[str, str]
    """SHA-256 of each file as it was checked, by name."""
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Plates were looked at, and nothing was wrong with them."""
        return self.looked_at > 0 and not self.differences


def check(
    *paths: Path, base_url: str, lower_host: bool = False, sample: int | None = None, seed: int | None = None,
    jobs: int = 1, expected: Collection[str] | None = None,
    progress: Callable[[int, int], object] = lambda pages, of: None,
) -> Result:
    """Compares plates (PDF, PNG, folders and ZIPs of them) with the register. Refuses what can't be checked.

    Of a `sample` so many plates at least are looked at: whole pages, drawn by `seed` (any, where None). `expected` are
    the tokens that should be there; where None all active ones of the areas that the files claim, or of the micro-grids
    shown by those that claim none. Reads in `jobs` processes; `progress` is told how many pages of all are read.
    """
    with bundles.opened(paths) as bundle:
        seed = secrets.randbelow(_SEEDS) if sample is not None and seed is None else seed
        comparison = Comparison(bundle, base_url, lower_host)
        for sheet, was_looked_at in _sheets(bundle, sample, seed, jobs):
            comparison.add(sheet, was_looked_at=was_looked_at)
            progress(comparison.pages, bundle.pages)
        comparison.finish(expected)
        if not all(source.is_unchanged for source in bundle.sources):
            raise Refusal(N_("核对的时候文件被改动了，请重新核对。"))
        return Result(
            plates=comparison.plates, looked_at=comparison.looked_at, read=dict(comparison.read),
            pages=comparison.pages, pages_looked_at=comparison.pages_looked_at, sample=sample, seed=seed,
            digests={source.name: source.digest for source in bundle.sources},
            differences=tuple(comparison.differences),
        )


def _sheets(bundle: Bundle, sample: int | None, seed: int | None, jobs: int) -> Iterator[tuple[Sheet, bool]]:
    """Every page, and whether it was looked at; the pages of a sample come first."""
    single = [Stack(source.path, (page,)) for source in bundle.sources for page in range(1, source.pages + 1)]
    with scanning.readers(jobs if len(single) > _WORTH_JOBS else 1) as read:
        if sample is None:
            for sheet in read(_handfuls(single, look=True)):
                yield sheet, True
            return
        random.Random(seed).shuffle(single)  # noqa: S311 - to be repeated, not to be secret
        pages = plates = 0
        for sheet in read(single):
            yield sheet, True
            pages, plates = pages + 1, plates + max(len(sheet.seen), len(sheet.named))
            if plates >= sample:
                break
        for sheet in read(_handfuls(single[pages:], look=False)):
            yield sheet, False


def _handfuls(single: Iterable[Stack], *, look: bool) -> list[Stack]:
    """The same pages by file and in order, some at a time."""
    pages: defaultdict[Path, list[int]] = defaultdict(list)
    for stack in single:
        pages[stack.path] += stack.pages
    return [stack for path, numbers in pages.items() for stack in scanning.stacks_of(path, sorted(numbers), look=look)]
