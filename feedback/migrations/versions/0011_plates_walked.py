"""what was found at each door's plate, and what somebody has to look at"""

import sqlalchemy as sa
from alembic import op

from feedback.migrations import online


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plate_check',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('household_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quarter', sa.String(length=6), nullable=False),
    sa.Column('finding', sa.String(length=20), nullable=False),
    sa.Column('code_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_plate_check_by_id')),
    sa.ForeignKeyConstraint(['code_id'], ['door_code.id'], name=op.f('fk_plate_check_code_id')),
    sa.ForeignKeyConstraint(['household_id'], ['household.id'], name=op.f('fk_plate_check_household_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plate_check')),
    sa.UniqueConstraint('household_id', 'quarter', name=op.f('uq_plate_check_household_id_quarter')),
    if_not_exists=True
    )
    op.create_table('plate_flag',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('household_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('other_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raised_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('settled', sa.String(length=20), nullable=True),
    sa.Column('words', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['area.code'], name=op.f('fk_plate_flag_area_code')),
    sa.ForeignKeyConstraint(['household_id'], ['household.id'], name=op.f('fk_plate_flag_household_id')),
    sa.ForeignKeyConstraint(['other_id'], ['household.id'], name=op.f('fk_plate_flag_other_id')),
    sa.ForeignKeyConstraint(['raised_by_id'], ['person.id'], name=op.f('fk_plate_flag_raised_by_id')),
    sa.ForeignKeyConstraint(['settled_by_id'], ['person.id'], name=op.f('fk_plate_flag_settled_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plate_flag')),
    if_not_exists=True
    )
    op.create_index('ix_plate_flag_standing', 'plate_flag', ['area_code', 'id'], sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'), if_not_exists=True)
    op.create_index('ix_plate_flag_untold', 'plate_flag', ['id'], sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'), if_not_exists=True)
    op.create_index('uq_plate_flag_standing', 'plate_flag', ['household_id'], unique=True, sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'), if_not_exists=True)
    online.add_column('notice', sa.Column('plate_flag_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    online.create_index('uq_notice_of_plate_flag', 'notice', ['plate_flag_id', 'person_id', 'via'], where='plate_flag_id IS NOT NULL', unique=True)


def downgrade() -> None:
    op.execute('DELETE FROM notice WHERE plate_flag_id IS NOT NULL')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('uq_notice_of_plate_flag', sqlite_where=sa.text('plate_flag_id IS NOT NULL'), postgresql_where=sa.text('plate_flag_id IS NOT NULL'))
        batch_op.drop_column('plate_flag_id')

    with op.batch_alter_table('plate_flag', schema=None) as batch_op:
        batch_op.drop_index('uq_plate_flag_standing', sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))
        batch_op.drop_index('ix_plate_flag_untold', sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'))
        batch_op.drop_index('ix_plate_flag_standing', sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))

    op.drop_table('plate_flag')
    op.drop_table('plate_check')
