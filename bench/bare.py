"""量一量: the least a Flask application can do, as the measure of the others."""

from flask import Flask, request

app = Flask("bare")


@app.route("/", methods=["GET", "POST"])
def ok() -> bytes:
    request.get_data()
    return b"ok"
