"""文档: pages that are tables of the code, so that they can't fall behind it. A test says they are current."""

import ast
import dataclasses
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import click
from babel.messages.pofile import read_po

import config
from docs import exported, machines
from feedback import calendars, cli, clocks, deadlines, workflow
from feedback.models import kinds, people, places
from feedback.models.kinds import Action, Status
from feedback.stats import definitions

HERE = Path(__file__).parent
TOP = HERE.parent
NOTE = "<!-- Written by `make docs` from the code; change it there. -->\n"


def every() -> dict[str, str]:
    """File name → its text."""
    made: dict[str, Callable[[], str]] = {
        "floors.md": floors, "life.md": life, "figures.md": figures, "exports.md": lambda: exported.page(table), "glossary.md": glossary,
        "settings.md": settings, "commands.md": commands, "api.md": lambda: machines.page(table),
    }
    return {name: f"{NOTE}{page()}" for name, page in made.items()}


# ---------------------------------------------------------------- pieces


@cache
def _catalog() -> dict[str, str]:
    with (TOP / "feedback/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale="en") if each.id}


def english(chinese: str) -> str:
    """The catalogue's English for a label."""
    return _catalog().get(chinese) or chinese


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def rule_of(path: Path) -> str:
    """The first sentence of a module's docstring: its rule."""
    doc = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(doc.split("\n\n")[0].split())


# ---------------------------------------------------------------- the pages


def floors() -> str:
    """Which module lies on which floor, and what each is for."""
    contract = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
    parts = ["# The floor plan\n", "Each floor imports only downward. Between modules joined by “·” on one floor there is no "
             "import either way; the import contract in `pyproject.toml` is this list, and `make lint` keeps it.\n"]
    for number, layer in enumerate(contract["layers"], 1):
        apart = "|" in layer
        names = [name.strip(" ()") for name in layer.replace(":", "|").split("|")]
        there = [name for name in names if _path(name)]
        if not there:
            continue
        joint = " · " if apart else ", "
        parts.append(f"## {number}. {joint.join(there)}\n")
        parts.append(table(("module", "its rule"), ((f"`{_shown(name)}`", rule_of(_source(name))) for name in there)))
        for name in there:
            inside = sorted(_inside(name))
            if inside:
                parts.append(f"Inside `{name}`:\n")
                rows = ((f"`{path.relative_to(TOP)}`", rule_of(path)) for path in inside)
                parts.append(table(("file", "its rule"), rows))
    return "\n".join(parts)


def _path(name: str) -> Path | None:
    file, folder = TOP / f"feedback/{name}.py", TOP / f"feedback/{name}"
    return file if file.exists() else folder if (folder / "__init__.py").exists() else None


def _source(name: str) -> Path:
    path = _path(name)
    assert path is not None
    return path if path.suffix else path / "__init__.py"


def _shown(name: str) -> str:
    return f"feedback/{name}{'/' if _source(name).name == '__init__.py' else '.py'}"


def _inside(name: str) -> Iterator[Path]:
    path = _path(name)
    if path is not None and path.is_dir() and name != "migrations":
        yield from (each for each in path.rglob("*.py") if each != path / "__init__.py" and rule_of(each))


def life() -> str:
    """Status × action, and who may."""
    names = {status: f"{status.name} {status.label}" for status in Status}
    rows = []
    for action in Action:
        leads = workflow.TABLE[action]
        cells = [_leads(status, leads.get(status)) for status in Status]
        created = " creates the case" if None in leads else ""
        who = ", ".join(english(each.label) for each in workflow.Who if each in workflow.WHO[action])
        rows.append((f"`{action.value}` {action.label}{created}", *cells, who))
    limits = ((f"`{kind}`{' urgent' if urgent else ''}", _limit(policy.response), _limit(policy.handling))
              for (kind, urgent), policy in deadlines.DEFAULTS.items())
    return "\n".join((
        "# The life of a case (诉求)\n",
        "`feedback/workflow.py` holds this table; `workflow.record()` is the only writer of a status. `·` stays, `–` is "
        "refused with a sentence, `→` leads to; two targets: the rule that calls decides.\n",
        table(("action", *names.values(), "who"), rows),
        "Everybody must also be in scope and not recused: `feedback/access.py`. No person closes a case: `close` is the "
        "timer's, everything else that ends one is the villager's own word, or a reasoned decline or merge.\n",
        f"- Silence closes {clocks.SILENCE.days} days after the answer or her last word, as *unconfirmed*.\n"
        f"- She may confirm, dispute, rate and bear witness until {workflow.HER_WORD_LASTS.days} days after closing.\n"
        f"- {workflow.MOVING_DISPUTES} disputes move the case up; a further one is kept as her word.\n",
        "## Deadlines where nobody has set others\n",
        table(("kind", "response within", "answer within"), limits),
        f"A working day ends at {deadlines.CLOSE_OF_OFFICE:%H:%M}. Whose calendar: "
        + " → ".join(f"{source.label}" for source in calendars.Source) + ".\n",
        "## Outcomes\n",
        table(("outcome", "中文", "English", "counted"),
              ((f"`{each.value}`", each.label, english(each.label), "no" if each in kinds.EXCLUDED else "yes")
               for each in kinds.Outcome)),
    ))


def _leads(status: Status, targets: tuple[Status, ...] | None) -> str:
    if targets is None:
        return "–"
    return ", or ".join("·" if target is status else f"→{target.name}" for target in targets)


def _limit(limit: deadlines.Limit) -> str:
    unit = limit.unit.value.replace("_", " ")
    return f"{limit.amount} {unit if limit.amount > 1 else unit.removesuffix('s')}"


def figures() -> str:
    """What every figure means."""
    rates = ((f"`{each.key}`", each.label, english(each.label), each.definition, english(each.definition))
             for each in definitions.RATES)
    spans = ((f"`{each.key}`", each.label, english(each.label), each.definition, english(each.definition))
             for each in definitions.DURATIONS)
    counts = ((f"`{key}`", label, english(label), text, english(text))
              for key, (label, text) in definitions.COUNTS.items())
    head = ("key", "中文", "English", "定义", "definition")
    return "\n".join((
        "# Figures (统计)\n",
        "`feedback/stats/definitions.py` defines them once; screen, export and `hulianma stats` call it. A figure is of "
        "cases filed from one Shanghai day to another, both included, in an area, as at an instant.\n",
        f"Every rate is shown with its numerator and denominator; under {definitions.FEWEST_FOR_A_RATE} it is no rate. "
        f"Ratings of {definitions.SATISFIED} and 5 count as satisfied.\n",
        "How each of them follows from an exported file of events, and a script that works them out: "
        "[exports](exports.md).\n",
        "## Counts\n", table(head, counts), "## Rates\n", table(head, rates), "## Times\n", table(head, spans),
        "## The monthly report (月报)\n", REPORTS,
    ))


REPORTS = """\
An area's report of a month is **frozen when it is issued**: `feedback/monthly/` composes everything it prints, numbers
with their denominators, findings, names and definitions, as canonical JSON (keys in order, no spaces, UTF-8, no
fractions: a rate follows from its two numbers), and stores these bytes with their SHA-256 checksum. Page, PDF and the
saved `.json` show the bytes and nothing else; the checksum is asked on every reading, and what does not fit it is shown
as broken.

- It can be issued once the month is over, by the township's own staff; before that there is a preview. Discipline
  office and auditor read it. `as_at` is one minute before issuing, when all that had happened is surely stored.
- A correction is a further version beside the first, composed as at its own instant; it names every number that
  changed, old and new, and the issuer's reason. All versions stay readable. Nothing updates or deletes a row.
- It counts no case that is for the discipline office alone, nor any from which somebody who watches over the area was
  shut out at `as_at`, and names no single case from which anybody is; every report says so in the same words, whether
  there are any or not. `--as-reported` leaves the same cases out.
- The past months it compares with are worked out as at the same instant, so they may differ from what was issued then.

Anyone with the register works it out again:

    hulianma stats --area 330281114 --from 2026-10-01 --to 2026-10-31 --as-at 2026-11-03T08:59:00+08:00 --as-reported
    hulianma monthly show --area 330281114 --month 2026-10 | sha256sum
    hulianma monthly verify          # every checksum, and every number from the events; names the first difference

`verify` compares numbers, not names: a village or category that is called otherwise today is no difference. Somebody
who changes both the bytes and the checksum in the database is found by it too, and by the staff event of the issuing,
which carries the checksum.
"""


def glossary() -> str:
    """Every word the code has for a thing of the village."""
    parts = [
        "# Glossary (用语)\n",
        "A file, class or function is named by these words. The closed lists are the code's own enums.\n",
        table(("中文", "identifier"), WORDS),
    ]
    for module, members in (
        ("feedback/models/kinds.py", (kinds.Kind, kinds.Status, kinds.About, kinds.AnswerBy, kinds.Channel,
                                      kinds.Contact, kinds.Outcome, kinds.Answer)),
        ("feedback/models/people.py", (people.Role,)),
        ("feedback/models/places.py", (places.Level,)),
        ("feedback/workflow.py", (workflow.Who,)),
    ):
        for kind in members:
            parts.append(f"## `{kind.__name__}`: {(kind.__doc__ or '').splitlines()[0]} (`{module}`)\n")
            rows = ((f"`{each.value}`", each.label, english(each.label)) for each in kind)
            parts.append(table(("value", "中文", "English"), rows))
    return "\n".join(parts)


WORDS = (
    ("户廉码", "`DoorCode`, `codes`"), ("门牌", "plate"), ("诉求", "`Case`"),
    ("诉求编号", "`case.number`: public, random, the only thing an address carries"), ("查询码", "receipt"),
    ("镇街 / 村社 / 网格 / 微网格", "`Area` of `Level.TOWNSHIP / VILLAGE / GRID / MICROGRID`; scope = prefix of its code"),
    ("户 / 户主", "`Household` / `householder`"), ("清廉守护人", "guardian: a `Service` with `Role.GUARDIAN`"),
    ("持件队 / 经办人", "`Team` / `owner`"), ("响应 / 上门 / 反馈", "`respond` / `visit` / `report_back`"),
    ("办结", "closed; 解决 is *resolved*, another fact"), ("转办 / 退回 / 升级", "`transfer` / `send_back` / `escalate`"),
    ("督办 / 并案", "`supervise` / `merge`"), ("回访", "`follow_up`"), ("超期", "`is_overdue`, computed, never stored"),
    ("满意度", "rating, satisfaction"), ("月报", "`MonthlyReport`, `monthly`"), ("回避", "`recuse`, `Recusal`"),
    ("上墙", "`CodeState.HUNG`: a guardian scanned the plate at its door"),
    ("印制批次 / 补印", "`PrintRun` of a `RunKind`, `runs`: plates printed together; ready once the check agrees"),
    ("核对", "`checking`: two decoders read what was printed and compare it with the register"),
    ("门牌台账", "`ledger`: in which runs each plate was printed, and what became of it"),
    ("巡码", "`walks`: the quarterly round of a micro-grid's plates; a door's `PlateCheck`; `PlateFlag`: a plate to look at"),
    ("代录", "filed on her behalf: a `Channel` other than `DOOR`"), ("涉纪", "never a `Case`; 12388 and the discipline office"),
)


def settings() -> str:
    """Every environment variable."""
    tree = ast.parse((TOP / "config.py").read_text("utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Config").body
    defaults = {field.name: field.default for field in dataclasses.fields(config.Config)}
    rows = []
    for statement, text in pairwise(body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and isinstance(text, ast.Expr):
            words = str(ast.literal_eval(text.value))
            variable, _, meaning = words.partition(":")
            default = defaults[statement.target.id]
            rows.append((f"`{variable}`", f"`{default}`" if str(default) not in {"", "()", "b''"} else "", meaning.strip()))
    return "# Settings\n\nAll of them are environment variables, read once at start by `config.py`.\n\n" + table(
        ("variable", "default", "meaning"), rows)


def commands() -> str:
    """Every command with its help."""
    parts = ["# Commands\n", "`hulianma COMMAND`, or `flask --app wsgi COMMAND`. What can't be done is one sentence on "
             "standard error and exit code 1.\n"]
    for words, command in _commands(cli.main, ()):
        context = click.Context(command, info_name=" ".join(("hulianma", *words)), terminal_width=100)
        parts.append(f"## `{' '.join(words)}`\n\n```\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def _commands(group: click.Group, before: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*before, name))
        elif command is not None:
            yield (*before, name), command
