"""文档: writes every generated page."""

from docs import pages

for name, text in pages.every().items():
    (pages.HERE / name).write_text(text, encoding="utf-8")
