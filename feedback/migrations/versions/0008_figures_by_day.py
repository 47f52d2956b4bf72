"""figures by day, and an index that holds all that is asked of the kept cases

All that is kept follows from the events: the timer makes it anew, whatever older version had made it.
"""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table('case_figures')
    op.drop_table('figure_cell')
    op.create_table('figure_cell',
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('category', sa.String(length=20), nullable=False),
    sa.Column('area_code', sa.String(length=12), nullable=False),
    sa.Column('sums', sa.LargeBinary(), nullable=False),
    sa.Column('response', sa.LargeBinary(), nullable=False),
    sa.Column('handling', sa.LargeBinary(), nullable=False),
    sa.Column('closing', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('period', 'kind', 'category', 'area_code', name=op.f('pk_figure_cell'))
    )
    op.create_table('case_figures',
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('filed_on', sa.Date(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('response_by_id', sa.Integer(), nullable=True),
    sa.Column('handling_by_id', sa.Integer(), nullable=True),
    sa.Column('case_by_id', sa.Integer(), nullable=True),
    sa.Column('marks', sa.BigInteger(), nullable=False),
    sa.Column('repeat_digits', sa.Integer(), nullable=False),
    sa.Column('response_seconds', sa.Integer(), nullable=True),
    sa.Column('handling_seconds', sa.Integer(), nullable=True),
    sa.Column('closing_seconds', sa.Integer(), nullable=True),
    sa.Column('settles_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['feedback_case.id'], name=op.f('fk_case_figures_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_figures'))
    )
    with op.batch_alter_table('case_figures', schema=None) as batch_op:
        batch_op.create_index('ix_case_figures_days', ['filed_on', 'area_code', 'kind', 'category_id', 'team_id', 'response_by_id', 'handling_by_id', 'case_by_id', 'marks', 'repeat_digits', 'response_seconds', 'handling_seconds', 'closing_seconds', 'filed_at', 'case_id'], unique=False)
        batch_op.create_index('ix_case_figures_settles', ['settles_at'], unique=False, sqlite_where=sa.text('settles_at IS NOT NULL'), postgresql_where=sa.text('settles_at IS NOT NULL'))


def downgrade() -> None:
    op.drop_table('case_figures')
    op.drop_table('figure_cell')
    op.create_table('figure_cell',
    sa.Column('area_code', sa.String(length=12), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('category', sa.String(length=20), nullable=False),
    sa.Column('sums', sa.LargeBinary(), nullable=False),
    sa.Column('response', sa.LargeBinary(), nullable=False),
    sa.Column('handling', sa.LargeBinary(), nullable=False),
    sa.Column('closing', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('area_code', 'month', 'kind', 'category', name=op.f('pk_figure_cell'))
    )
    op.create_table('case_figures',
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('response_by_id', sa.Integer(), nullable=True),
    sa.Column('handling_by_id', sa.Integer(), nullable=True),
    sa.Column('case_by_id', sa.Integer(), nullable=True),
    sa.Column('marks', sa.BigInteger(), nullable=False),
    sa.Column('repeat_digits', sa.Integer(), nullable=False),
    sa.Column('response_seconds', sa.Integer(), nullable=True),
    sa.Column('handling_seconds', sa.Integer(), nullable=True),
    sa.Column('closing_seconds', sa.Integer(), nullable=True),
    sa.Column('settles_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['feedback_case.id'], name=op.f('fk_case_figures_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_figures'))
    )
    with op.batch_alter_table('case_figures', schema=None) as batch_op:
        batch_op.create_index('ix_case_figures_area', ['area_code', 'filed_at'], unique=False)
        batch_op.create_index('ix_case_figures_settles', ['settles_at'], unique=False, sqlite_where=sa.text('settles_at IS NOT NULL'), postgresql_where=sa.text('settles_at IS NOT NULL'))
