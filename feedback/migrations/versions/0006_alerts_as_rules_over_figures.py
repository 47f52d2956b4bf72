"""alerts as rules over figures"""

import sqlalchemy as sa
from alembic import op

from feedback.migrations import online


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('alert_rule',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('measure', sa.String(length=40), nullable=False),
    sa.Column('per', sa.String(length=20), nullable=False),
    sa.Column('side', sa.String(length=20), nullable=False),
    sa.Column('threshold', sa.Integer(), nullable=False),
    sa.Column('window_days', sa.Integer(), nullable=False),
    sa.Column('lasting_days', sa.Integer(), nullable=False),
    sa.Column('least', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('set_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['area.code'], name=op.f('fk_alert_rule_area_code')),
    sa.ForeignKeyConstraint(['set_by_id'], ['person.id'], name=op.f('fk_alert_rule_set_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_rule')),
    if_not_exists=True
    )
    op.create_index('ix_alert_rule_area', 'alert_rule', ['area_code', 'key'], if_not_exists=True)
    op.create_table('alert',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('rule_key', sa.String(length=40), nullable=False),
    sa.Column('rule_name', sa.String(length=40), nullable=False),
    sa.Column('measure', sa.String(length=40), nullable=False),
    sa.Column('per', sa.String(length=20), nullable=False),
    sa.Column('side', sa.String(length=20), nullable=False),
    sa.Column('threshold', sa.Integer(), nullable=False),
    sa.Column('lasting_days', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('place_code', sa.String(length=18), nullable=True),
    sa.Column('team_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('of', sa.Integer(), nullable=False),
    sa.Column('burst_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('begun_on', sa.Date(), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('now_n', sa.Integer(), nullable=False),
    sa.Column('now_of', sa.Integer(), nullable=False),
    sa.Column('looked_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended', sa.String(length=20), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('answer', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_alert_answered_by_id')),
    sa.ForeignKeyConstraint(['area_code'], ['area.code'], name=op.f('fk_alert_area_code')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_alert_person_id')),
    sa.ForeignKeyConstraint(['place_code'], ['area.code'], name=op.f('fk_alert_place_code')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_alert_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert')),
    sa.UniqueConstraint('area_code', 'rule_key', 'subject', 'begun_on', name=op.f('uq_alert_area_code_rule_key_subject_begun_on')),
    if_not_exists=True
    )
    op.create_index('ix_alert_area', 'alert', ['area_code', 'raised_at'], if_not_exists=True)
    op.create_index('ix_alert_standing', 'alert', ['area_code'], sqlite_where=sa.text('ended_on IS NULL'), postgresql_where=sa.text('ended_on IS NULL'), if_not_exists=True)
    op.create_index('ix_alert_untold', 'alert', ['id'], sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'), if_not_exists=True)
    online.add_column('notice', sa.Column('alert_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    online.create_index('uq_notice_of_alert', 'notice', ['alert_id', 'person_id', 'via'], where='alert_id IS NOT NULL', unique=True)


def downgrade() -> None:
    op.execute('DELETE FROM notice WHERE alert_id IS NOT NULL')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('uq_notice_of_alert', sqlite_where=sa.text('alert_id IS NOT NULL'), postgresql_where=sa.text('alert_id IS NOT NULL'))
        batch_op.drop_column('alert_id')

    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.drop_index('ix_alert_untold', sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'))
        batch_op.drop_index('ix_alert_standing', sqlite_where=sa.text('ended_on IS NULL'), postgresql_where=sa.text('ended_on IS NULL'))
        batch_op.drop_index('ix_alert_area')

    op.drop_table('alert')
    with op.batch_alter_table('alert_rule', schema=None) as batch_op:
        batch_op.drop_index('ix_alert_rule_area')

    op.drop_table('alert_rule')
