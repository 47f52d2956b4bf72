"""安装: what a process needs before any rule can run: its database, keys, photos and ways out. Done once, at start."""

from config import Config
from feedback import album, db, patience, sealing
from feedback.codes import files
from feedback.notifications import ways


def open_with(config: Config) -> None:
    """Binds this process to the database, the keys and the folder that the settings name."""
    db.connect(config.database_url, limits(config))
    sealing.use(sealing.Keys(config.data_key, config.secret_key))
    album.keep_in(config.data_dir)
    files.keep_in(config.data_dir)
    ways.use(config)


def limits(config: Config) -> patience.Limits:
    """What the settings let one process ask of PostgreSQL."""
    return patience.Limits(
        connections=config.database_connections, statement=config.statement_seconds, lock=config.lock_seconds,
        idle=config.idle_transaction_seconds,
    )
