"""小镇: a township set up as a county office would do it, with four small files and the command line."""

import base64
import contextlib
import csv
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from click.testing import CliRunner
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page

from feedback import installation
from feedback.cli import main
from tests import browser
from tests.browser import Live

AREAS = """code,name
330281,余姚市
330281114,梁弄镇
330281114201,汪巷村
330281114201001,第一网格
330281114201001001,第 1 微网格
"""
HOUSEHOLDS = """microgrid,door,householder,phone
330281114201001001,36 号,试户甲,
330281114201001001,37 号,试户乙,13900000037
"""
STAFF = """username,name,phone,role,area,leader,team
zhou,周一禾,13900000001,guardian,330281114201001001,,
chen,陈二木,13900000002,guardian,330281114201001001,,
wang,王三田,13900000003,guardian,330281114201001001,,
shuji,李四土,13900000004,village,330281114201,yes,
zhen,赵五山,13900000005,township,330281114,yes,
ji,钱六水,13900000006,discipline,330281114,yes,
"""
NEW_PASSWORD = "Lu-shan 2026 xin mima"


@dataclass
class Town:
    """The township as it stands before the first villager scans."""

    live: Live
    folder: Path
    passwords: dict[str, str]

    def hulianma(self, *words: str) -> str:
        """Runs a command of the program as an administrator would; returns what it printed."""
        return run(self.live, self.folder, *words)

    def sheet(self) -> Path:
        """The printed PDF."""
        return next((self.folder / "qr_out").rglob("*.pdf"))


def run(live: Live, folder: Path, *words: str) -> str:
    """`hulianma …` in this process, in the folder; the application goes on with the same database afterwards."""
    config = live.config
    settings = {
        "HLM_DATABASE_URL": config.database_url, "HLM_BASE_URL": live.url, "HLM_ALLOW_HTTP": "1",
        "HLM_SECRET_KEY": config.secret_key, "HLM_DATA_KEY": base64.b64encode(config.data_key).decode(),
        "HLM_DATA_DIR": str(config.data_dir),
    }
    with live.gate.closed():
        with contextlib.chdir(folder):
            done = CliRunner(env=settings).invoke(main, words)
        installation.open_with(config)
    assert done.exit_code == 0, f"hulianma {' '.join(words)}: {done.output}"
    return done.stdout


def founded(live: Live, folder: Path) -> Town:
    """Imports the four files, issues the codes and prints the plates."""
    for name, words in (("areas", AREAS), ("households", HOUSEHOLDS), ("staff", STAFF)):
        (folder / f"{name}.csv").write_text(words, encoding="utf-8")
        more = ["--passwords", "passwords.csv"] if name == "staff" else []
        run(live, folder, "import", name, f"{name}.csv", *more)
    run(live, folder, "codes", "issue", "--area", "330281114")
    run(live, folder, "codes", "print", "--area", "330281114", "--out", "qr_out")
    with (folder / "passwords.csv").open(encoding="utf-8-sig") as file:
        passwords = {row["username"]: row["password"] for row in csv.DictReader(file)}
    return Town(live, folder, passwords)


def a_photo(words: str) -> FilePayload:
    """A photo as a browser sends it."""
    picture = Image.new("RGB", (640, 480), "#7a8b6f")
    ImageDraw.Draw(picture).text((40, 200), words, fill="white")
    out = BytesIO()
    picture.save(out, "JPEG")
    return {"name": f"{words}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def sign_in(page: Page, town: Town, username: str) -> None:
    """Signs in on the page that asks for it; the first time the password has to be changed."""
    page.fill("[name=username]", username)
    page.fill("[name=password]", town.passwords[username])
    browser.tap(page.locator("form button[type=submit]").last)
    if page.locator("[name=new_password]").count():
        page.fill("[name=password]", town.passwords[username])
        page.fill("[name=new_password]", NEW_PASSWORD)
        page.fill("[name=again]", NEW_PASSWORD)
        browser.tap(page.locator("main form button[type=submit]").last)
        town.passwords[username] = NEW_PASSWORD
