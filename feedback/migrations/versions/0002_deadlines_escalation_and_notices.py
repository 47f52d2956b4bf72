"""deadlines, escalation and notices"""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_year',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['area.code'], name=op.f('fk_calendar_year_area_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_year')),
    sa.UniqueConstraint('area_code', 'year', name=op.f('uq_calendar_year_area_code_year'))
    )
    op.create_table('notice_route',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('address', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_notice_route_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_route')),
    sa.UniqueConstraint('person_id', 'via', name=op.f('uq_notice_route_person_id_via'))
    )
    op.create_table('sign',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('category_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['area.code'], name=op.f('fk_sign_area_code')),
    sa.ForeignKeyConstraint(['category_id'], ['category.id'], name=op.f('fk_sign_category_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign')),
    sa.UniqueConstraint('kind', 'area_code', 'category_id', 'on', name=op.f('uq_sign_kind_area_code_category_id_on'))
    )
    with op.batch_alter_table('sign', schema=None) as batch_op:
        batch_op.create_index('ix_sign_area', ['area_code', 'at'], unique=False)
        batch_op.create_index('ix_sign_untold', ['id'], unique=False, sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'))
        batch_op.create_index('uq_sign_without_category', ['kind', 'area_code', 'on'], unique=True, sqlite_where=sa.text('category_id IS NULL'), postgresql_where=sa.text('category_id IS NULL'))

    op.create_table('notice',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('event_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('sign_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('is_urgent', sa.Boolean(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.String(length=36), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('dropped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fault', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['feedback_case.id'], name=op.f('fk_notice_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_event.id'], name=op.f('fk_notice_event_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_notice_person_id')),
    sa.ForeignKeyConstraint(['sign_id'], ['sign.id'], name=op.f('fk_notice_sign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('event_id', 'person_id', 'via', name=op.f('uq_notice_event_id_person_id_via')),
    sa.UniqueConstraint('sign_id', 'person_id', 'via', name=op.f('uq_notice_sign_id_person_id_via'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_case', ['case_id'], unique=False)
        batch_op.create_index('ix_notice_failed', ['failed_at', 'id'], unique=False, sqlite_where=sa.text('failed_at IS NOT NULL'), postgresql_where=sa.text('failed_at IS NOT NULL'))
        batch_op.create_index('ix_notice_message', ['message_id'], unique=False)
        batch_op.create_index('ix_notice_next_try', ['next_try_at', 'id'], unique=False, sqlite_where=sa.text('next_try_at IS NOT NULL'), postgresql_where=sa.text('next_try_at IS NOT NULL'))
        batch_op.create_index('ix_notice_person', ['person_id', 'via', 'id'], unique=False)
        batch_op.create_index('uq_notice_to_her', ['event_id', 'via'], unique=True, sqlite_where=sa.text('person_id IS NULL'), postgresql_where=sa.text('person_id IS NULL'))

    with op.batch_alter_table('case_event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('until_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('told_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_case_event_rung', ['area_code', 'at'], unique=False, sqlite_where=sa.text("action = 'remind' AND reason IS NOT NULL"), postgresql_where=sa.text("action = 'remind' AND reason IS NOT NULL"))
        batch_op.create_index('ix_case_event_appeal', ['area_code', 'at'], unique=False, sqlite_where=sa.text("action = 'appeal'"), postgresql_where=sa.text("action = 'appeal'"))
        batch_op.create_index('ix_case_event_untold', ['id'], unique=False, sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'))

    with op.batch_alter_table('feedback_case', schema=None) as batch_op:
        batch_op.add_column(sa.Column('supervision_due_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('extension_asked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('extension_asked_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('extension_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('response_rung', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('handling_rung', sa.Integer(), nullable=False, server_default='0'))
        batch_op.create_index('ix_case_filed', ['filed_at'], unique=False)
        batch_op.drop_index('ix_case_team_waiting')
        batch_op.create_index('ix_case_team_waiting', ['team_id', 'wakes_at', 'id'], unique=False, sqlite_where=sa.text('closed_at IS NULL AND next_due_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL AND next_due_at IS NULL'))

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('notices_looked_at', sa.DateTime(timezone=True), nullable=True))

    _take_up_what_is_there()


def _take_up_what_is_there() -> None:
    """Nobody is told of what happened before; open cases are looked at by the next round, matters put off on their day."""
    op.execute("UPDATE case_event SET told_at = at")
    op.execute("UPDATE feedback_case SET wakes_at = filed_at WHERE closed_at IS NULL AND next_due_at IS NOT NULL")
    day = "look_again_on || ' 00:00:00.000000'" if op.get_bind().dialect.name == 'sqlite' else "look_again_on::timestamptz"
    op.execute(
        f"UPDATE feedback_case SET wakes_at = {day} WHERE closed_at IS NOT NULL AND look_again_on IS NOT NULL"
        " AND outcome = 'not_possible_now' AND (answer IS NULL OR answer <> 'solved')"
    )



def downgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('notices_looked_at')

    with op.batch_alter_table('feedback_case', schema=None) as batch_op:
        batch_op.drop_index('ix_case_filed')
        batch_op.drop_index('ix_case_team_waiting')
        batch_op.create_index('ix_case_team_waiting', ['team_id', 'wakes_at', 'id'], unique=False, sqlite_where=sa.text('closed_at IS NULL AND wakes_at IS NOT NULL'), postgresql_where=sa.text('closed_at IS NULL AND wakes_at IS NOT NULL'))
        batch_op.drop_column('handling_rung')
        batch_op.drop_column('response_rung')
        batch_op.drop_column('extension_days')
        batch_op.drop_column('extension_asked_days')
        batch_op.drop_column('extension_asked_at')
        batch_op.drop_column('supervision_due_at')

    with op.batch_alter_table('case_event', schema=None) as batch_op:
        batch_op.drop_index('ix_case_event_untold', sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'))
        batch_op.drop_index('ix_case_event_appeal', sqlite_where=sa.text("action = 'appeal'"), postgresql_where=sa.text("action = 'appeal'"))
        batch_op.drop_index('ix_case_event_rung', sqlite_where=sa.text("action = 'remind' AND reason IS NOT NULL"), postgresql_where=sa.text("action = 'remind' AND reason IS NOT NULL"))
        batch_op.drop_column('told_at')
        batch_op.drop_column('until_at')
        batch_op.drop_column('days')

    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('uq_notice_to_her', sqlite_where=sa.text('person_id IS NULL'), postgresql_where=sa.text('person_id IS NULL'))
        batch_op.drop_index('ix_notice_person')
        batch_op.drop_index('ix_notice_next_try', sqlite_where=sa.text('next_try_at IS NOT NULL'), postgresql_where=sa.text('next_try_at IS NOT NULL'))
        batch_op.drop_index('ix_notice_message')
        batch_op.drop_index('ix_notice_failed', sqlite_where=sa.text('failed_at IS NOT NULL'), postgresql_where=sa.text('failed_at IS NOT NULL'))
        batch_op.drop_index('ix_notice_case')

    op.drop_table('notice')
    with op.batch_alter_table('sign', schema=None) as batch_op:
        batch_op.drop_index('uq_sign_without_category', sqlite_where=sa.text('category_id IS NULL'), postgresql_where=sa.text('category_id IS NULL'))
        batch_op.drop_index('ix_sign_untold', sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'))
        batch_op.drop_index('ix_sign_area')

    op.drop_table('sign')
    op.drop_table('notice_route')
    op.drop_table('calendar_year')
