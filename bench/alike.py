"""量一量: how well likeness of the words alone finds messages on the same matter, in a file of real messages.

    python -m bench.alike MESSAGES.csv GROUPS.txt [--id 留言编号] [--words 留言详情] [--known]

GROUPS.txt holds, one group a line, the ids of messages that are on the same matter; it is made by hand or from other
evidence than the words, such as the replies. Half of the groups, by a hash of their first id, were for choosing the
measure; the other half is unseen, and reported. (`--known` reports the first half instead.) The messages of the half
that is not reported are left out.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz, process

from feedback.matters import alike, twins

NEIGHBOURS = 60
"""As many others as the desk compares a case with."""
AGREED = 10


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("messages", type=Path, nargs="?")
    arguments.add_argument("groups", type=Path, nargs="?")
    arguments.add_argument("--id", default="留言编号")
    arguments.add_argument("--words", default="留言详情")
    arguments.add_argument("--known", action="store_true")
    given = arguments.parse_args()
    if given.messages is None or given.groups is None:
        print("needs a file of messages and one of groups: python -m bench.alike MESSAGES.csv GROUPS.txt")
        return
    texts = read(given.messages, given.id, given.words)
    groups = [tuple(line.split()) for line in given.groups.read_text("utf-8").splitlines() if line.strip()]
    chosen = [group for group in groups if is_known(group) is given.known]
    left_out = {one for group in groups if group not in chosen for one in group}
    ids = [one for one in texts if one not in left_out]
    mates = {one: set(group) - {one} for group in chosen for one in group}
    print(f"{len(ids)} messages, {len(chosen)} groups of {len(mates)} messages, on {given.words} alone")
    print("                        first 10 pairs   first 20 pairs   first of each   mates among the first 3")
    for name, measure in MEASURES.items():
        report(name, measure([texts[one] for one in ids]), ids, mates)
    print(f"\nAs on the desk: {NEIGHBOURS} others beside each message and its mates, shown from {twins.LEAST} on")
    as_on_the_desk(texts, ids, mates)


def is_known(group: Sequence[str]) -> bool:
    """Whether the measure was chosen with this group in sight."""
    return hashlib.sha256(min(group, key=int).encode()).digest()[-1] % 2 == 0


def read(path: Path, id_column: str, words_column: str) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as rows:
        return {row[id_column]: row[words_column].strip() for row in csv.DictReader(rows)}


Scores = Sequence[Sequence[float]]


def bigrams(texts: list[str]) -> Scores:
    """The program's own measure, with what counts learnt from all messages."""
    found = [alike.pairs(text) for text in texts]
    weight = alike.weights(found)
    length = [math.sqrt(math.fsum(weight[pair] ** 2 for pair in one)) or 1.0 for one in found]
    having: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(found):
        for pair in one:
            having[pair].append(at)
    scores = [[0.0] * len(found) for _ in found]
    for at, one in enumerate(found):
        row = scores[at]
        for pair in one:
            for other in having[pair]:
                row[other] += weight[pair] ** 2 / (length[at] * length[other])
    return scores


def ratio(texts: list[str]) -> Scores:
    """rapidfuzz's ratio of the whole texts, for comparison."""
    scores: Scores = process.cdist(texts, texts, scorer=fuzz.ratio, workers=2).tolist()
    return scores


MEASURES: dict[str, Callable[[list[str]], Scores]] = {"bigrams (ours)": bigrams, "ratio (rapidfuzz)": ratio}


def report(name: str, scores: Scores, ids: list[str], mates: dict[str, set[str]]) -> None:
    """Pairs ranked over all messages, and for each message of a group what stands first."""
    place = {one: at for at, one in enumerate(ids)}
    best = sorted(combinations(range(len(ids)), 2), key=lambda pair: -scores[pair[0]][pair[1]])[:20]
    right = [ids[other] in mates.get(ids[one], ()) for one, other in best]
    first = among = 0.0
    for one, others in mates.items():
        row = scores[place[one]]
        order = sorted((at for at in range(len(ids)) if at != place[one]), key=lambda at: -row[at])
        first += ids[order[0]] in others
        among += len(others & {ids[at] for at in order[:3]}) / min(3, len(others))
    print(f"{name:<24}{sum(right[:10]) / 10:>14.2f}{sum(right) / 20:>17.2f}"
          f"{first / len(mates):>16.2f}{among / len(mates):>26.2f}")


def as_on_the_desk(texts: dict[str, str], ids: list[str], mates: dict[str, set[str]]) -> None:
    """What three lines of the desk would hold, for messages with mates and for as many without."""
    chance = random.Random(1)
    alone = [one for one in ids if one not in mates]
    asked = [*mates, *chance.sample(alone, min(len(mates), len(alone)))]
    shown: list[tuple[float, bool]] = []
    for one in asked:
        others = [*sorted(mates.get(one, ())), *chance.sample([at for at in alone if at != one], NEIGHBOURS)]
        likes = alike.compare(texts[one], [texts[other] for other in others])
        ranked = sorted(zip(likes, others, strict=True), key=lambda pair: -pair[0].score)[: twins.MOST]
        shown += [(like.score, other in mates.get(one, ())) for like, other in ranked if like.score >= twins.LEAST]
    shown.sort(reverse=True)
    right = sum(is_right for _, is_right in shown)
    wanted = sum(min(len(one), twins.MOST) for one in mates.values())
    print(f"precision@{AGREED} {sum(is_right for _, is_right in shown[:AGREED]) / AGREED:.2f}; "
          f"of {len(shown)} lines shown {right} are right ({right / len(shown):.2f}); "
          f"{right} of {wanted} duplicates are shown ({right / wanted:.2f})")


if __name__ == "__main__":
    main()
