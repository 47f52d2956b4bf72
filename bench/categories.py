"""量一量: how often the right category is among the suggested, by five-fold on a file of labelled real messages.

    python -m bench.categories MESSAGES.csv [--words 留言详情] [--class 一级分类] [--folds 5]

Beside it stands what one would get by always naming the commonest classes.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter, defaultdict
from pathlib import Path

from feedback.matters.guessing import Guesser

MOST = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("messages", type=Path, nargs="?")
    arguments.add_argument("--words", default="留言详情")
    arguments.add_argument("--class", dest="name", default="一级分类")
    arguments.add_argument("--folds", type=int, default=5)
    given = arguments.parse_args()
    if given.messages is None:
        print("needs a file of labelled messages: python -m bench.categories MESSAGES.csv")
        return
    with given.messages.open(encoding="utf-8-sig", newline="") as rows:
        labelled = [(row[given.words], row[given.name]) for row in csv.DictReader(rows)]
    print(f"{len(labelled)} messages, {len({name for _, name in labelled})} classes, {given.folds} folds, "
          f"on {given.words} alone")
    guessed, common = [0] * MOST, [0] * MOST
    for taught, asked in folds(labelled, given.folds):
        guesser = Guesser[str]()
        for text, name in taught:
            guesser.learn(name, text)
        often = [name for name, _ in Counter(name for _, name in taught).most_common(MOST)]
        for text, name in asked:
            ranked = guesser.ranked(text)
            for place in range(MOST):
                guessed[place] += name in ranked[: place + 1]
                common[place] += name in often[: place + 1]
    print("                          top-1   top-2   top-3")
    for what, right in (("suggested", guessed), ("the commonest classes", common)):
        print(f"{what:<24}" + "".join(f"{count / len(labelled):>8.3f}" for count in right))


Labelled = list[tuple[str, str]]


def folds(labelled: Labelled, count: int) -> list[tuple[Labelled, Labelled]]:
    """Each fold's taught and asked messages; every class spread evenly, by a fixed shuffle."""
    shuffled = random.Random(7).sample(labelled, len(labelled))
    by_class: dict[str, Labelled] = defaultdict(list)
    for one in shuffled:
        by_class[one[1]].append(one)
    parts: list[Labelled] = [[] for _ in range(count)]
    for at, one in enumerate(one for name in sorted(by_class) for one in by_class[name]):
        parts[at % count].append(one)
    return [([one for part in parts if part is not asked for one in part], asked) for asked in parts]


if __name__ == "__main__":
    main()
