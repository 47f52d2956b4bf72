"""one index for all open cases of an area, whether they wait for an answer or for her word
"""

from feedback.migrations import online


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

COLUMNS = ['area_code', 'next_due_at', 'id']
WAITING_FOR_AN_ANSWER = 'closed_at IS NULL AND next_due_at IS NOT NULL'


def upgrade() -> None:
    online.create_index('ix_case_area_open', 'feedback_case', COLUMNS, where='closed_at IS NULL')
    online.drop_index('ix_case_area_due', 'feedback_case')


def downgrade() -> None:
    online.create_index('ix_case_area_due', 'feedback_case', COLUMNS, where=WAITING_FOR_AN_ANSWER)
    online.drop_index('ix_case_area_open', 'feedback_case')
