"""print runs and the plates they made"""

import sqlalchemy as sa
from alembic import op

from feedback.migrations import online


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index('ix_door_code_ledger', 'door_code', ['village_code', 'state', 'printed_at'])
    op.create_table('print_run',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('ordered_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('layout', sa.String(length=20), nullable=False),
    sa.Column('form', sa.String(length=20), nullable=False),
    sa.Column('folder', sa.String(length=500), nullable=False),
    sa.Column('host', sa.String(length=255), nullable=False),
    sa.Column('edition', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('why', sa.String(length=500), nullable=False),
    sa.Column('why_values', sa.JSON(), nullable=False),
    sa.Column('plates', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('fresh', sa.Integer(), nullable=False),
    sa.Column('since_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('launches', sa.Integer(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('files', sa.Integer(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('checked', sa.Integer(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('faults', sa.Integer(), nullable=False),
    sa.Column('found', sa.JSON(), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['area.code'], name=op.f('fk_print_run_area_code')),
    sa.ForeignKeyConstraint(['ordered_by_id'], ['person.id'], name=op.f('fk_print_run_ordered_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_print_run'))
    )
    with op.batch_alter_table('print_run', schema=None) as batch_op:
        batch_op.create_index('ix_print_run_area', ['area_code', 'id'], unique=False)
        batch_op.create_index('ix_print_run_state', ['state'], unique=False)

    op.create_table('plate_print',
    sa.Column('run_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['code_id'], ['door_code.id'], name=op.f('fk_plate_print_code_id')),
    sa.ForeignKeyConstraint(['run_id'], ['print_run.id'], name=op.f('fk_plate_print_run_id')),
    sa.PrimaryKeyConstraint('run_id', 'code_id', name=op.f('pk_plate_print'))
    )
    with op.batch_alter_table('plate_print', schema=None) as batch_op:
        batch_op.create_index('ix_plate_print_code', ['code_id', 'run_id'], unique=False)



def downgrade() -> None:
    online.drop_index('ix_door_code_ledger', 'door_code')
    with op.batch_alter_table('plate_print', schema=None) as batch_op:
        batch_op.drop_index('ix_plate_print_code')

    op.drop_table('plate_print')
    with op.batch_alter_table('print_run', schema=None) as batch_op:
        batch_op.drop_index('ix_print_run_state')
        batch_op.drop_index('ix_print_run_area')

    op.drop_table('print_run')
