"""文字: marks words for translation below the web, where no language is chosen yet.

Source strings are Chinese. `N_` marks one and gives it back unchanged; the page that shows it translates it.
"""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name, which extractors look for
    """The text itself, marked for the catalog."""
    return text
