"""the resolution a run of plates was ordered in"""

import sqlalchemy as sa
from alembic import op

from feedback.migrations import online


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.add_column('print_run', sa.Column('resolution', sa.Integer(), server_default='300', nullable=False))


def downgrade() -> None:
    op.drop_column('print_run', 'resolution')
