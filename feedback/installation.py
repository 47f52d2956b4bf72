"""安装: what a process needs before any rule can run: its database, keys, photos and ways out. Done once, at start."""

from config import Config
from feedback import album, db, sealing
from feedback.notifications import ways


def open_with(config: Config) -> None:
    """Binds this process to the database, the keys and the folder that the settings name."""
    db.connect(config.database_url)
    sealing.use(sealing.Keys(config.data_key, config.secret_key))
    album.keep_in(config.data_dir)
    ways.use(config)
