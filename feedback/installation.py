"""安装: what one process needs before any rule can run: its database and its keys. Done once, at start."""

from config import Config
from feedback import db, sealing


def open_with(config: Config) -> None:
    """Binds this process to the database and the keys that the settings name."""
    db.connect(config.database_url)
    sealing.use(sealing.Keys(config.data_key, config.secret_key))
