"""文档: takes the README's pictures of the three rooms from a demo that is being served.

`python -m docs.pictures http://localhost:8000`, with the settings of that demo in the environment.
"""

import io
import re
import sys
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from docs.pages import HERE
from feedback import demo
from feedback.cli import opened
from tests import machine

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 720}, "device_scale_factor": 1.5, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 960}}
COLOURS = 64


def main(address: str) -> None:
    with opened():
        token = demo.door().token
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=["--no-sandbox", "--headless"])
        take(browser, PHONE, f"{address}/d/{token}", "door.png")
        take(browser, PHONE, f"{address}/login", "desk.png", sign_in_as="shouhu1")
        take(browser, DESKTOP, f"{address}/login", "township.png", sign_in_as="zhen1")
        browser.close()


def take(browser: Browser, device: dict[str, Any], address: str, name: str, *, sign_in_as: str = "") -> None:
    """One picture of the first screen, in few colours so that it stays small."""
    page = browser.new_context(**device).new_page()
    page.goto(address)
    if sign_in_as:
        sign_in(page, sign_in_as)
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS).save(HERE / name, optimize=True)
    page.context.close()


def sign_in(page: Page, username: str) -> None:
    """With the password that every demo prints, and the six digits its sign-in page shows."""
    page.fill("[name=username]", username)
    page.fill("[name=password]", demo.PASSWORD)
    page.click("main button[type=submit]")
    if page.locator("[name=code]").count():
        digits = re.search(r"\d{6}", page.locator("main").inner_text())
        page.fill("[name=code]", digits[0] if digits else "")
        page.click("main button[type=submit]")


if __name__ == "__main__":
    main(sys.argv[1])
