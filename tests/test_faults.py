"""Whatever goes wrong is a page with a sentence that reaches her, and the log learns nothing about anybody."""

import traceback
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from feedback import db
from tests.visitor import Visitor


class Body(BytesIO):
    """What a browser sends, and how much of it was taken off its hands."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        some = super().read(size)
        self.taken += len(some)
        return some


def test_a_request_too_large_is_taken_to_its_end_so_that_the_sentence_arrives(client: Visitor, app: Flask) -> None:
    body = Body(bytes(app.config["MAX_CONTENT_LENGTH"] + 1))
    page = client.post("/d/7K3M9QX2VB4T", input_stream=body, content_length=len(body.getvalue()), status=413,
                       content_type="multipart/form-data; boundary=x")
    assert "照片太大了" in page.get_data(as_text=True)
    assert body.taken == len(body.getvalue())


@pytest.mark.usefixtures("database")
def test_a_failing_statement_does_not_carry_its_values_into_the_log() -> None:
    with pytest.raises(DBAPIError) as why:
        db.session.execute(text("SELECT id FROM nowhere WHERE token = :token"), {"token": "7K3M9QX2VB4T"})
    db.session.rollback()
    logged = "".join(traceback.format_exception_only(why.value))
    assert "nowhere" in logged
    assert "7K3M9QX2VB4T" not in logged
