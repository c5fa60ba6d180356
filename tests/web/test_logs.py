"""The log is JSON, one object a line, and holds nothing about a person and no secret."""

import json
import logging

from authz.web.logs import JsonLines, log_line, scrub
from tests.builders import PASSWORD


def test_each_answer_leaves_one_line(http, log):
    http.get("/nowhere?secret=value")

    (line,) = log()
    assert line["event"] == "request:answered"
    assert (line["status"], line["outcome"]) == (404, "refused")
    assert len(line["request_id"]) == 12
    assert line["time"].endswith("+00:00")


def test_a_page_shows_the_reference_of_its_line(http, log):
    page = http.get("/nowhere")

    assert log()[-1]["request_id"] in page.text


def test_a_callers_request_id_is_not_taken_over(http, log):
    http.get("/", headers={"X-Request-ID": "forged"})

    assert "forged" not in str(log())


def test_nothing_about_the_person_and_no_secret_is_written(http, make, log):
    """Canaries: everything secret in this walk is looked for in everything written."""
    account, client = make.account(), make.client("hospital")
    request = make.request(client)
    http.sign_in(account, query=f"?request={request.id}")
    cookie = http.get_cookie("__Host-authz", domain="authz.test").value
    http.submit("/sign-in", username="camille", password="a-wrong-password")
    answer = http.submit(
        f"/consent/{request.id}",
        answer="anyway",
        days=30,
        allow="booking:agenda:write:appointments",
    )
    http.get("/services")

    written = str(log())
    code = answer.location.split("code=")[1].split("&")[0]
    for secret in (
        PASSWORD, "a-wrong-password", cookie, code, "camille", "Martin", "mail.example",
        "appointments", "a-state", "127.0.0.1",
    ):  # fmt: skip
        assert secret not in written


def test_a_fault_leaves_its_place_and_not_its_text(http, app, log, monkeypatch):
    def broken():
        raise ValueError("the identifier camille@example.org is broken")

    monkeypatch.setitem(app.view_functions, "home.home", broken)

    page = http.get("/")

    assert page.status_code == 500
    assert "camille" not in page.text
    assert "camille" not in str(log())
    fault = next(line for line in log() if line["event"] == "request:failed")
    assert fault["error"] == "ValueError"
    assert fault["where"][-1].endswith("broken")


def test_scrubbing():
    token = "authz_at_" + "x" * 64
    assert scrub(f"refused {token}") == "refused ..."
    assert scrub("GET /authorize?code=abc") == "GET /authorize?..."
    assert scrub("Authorization: DPoP abc.def") == "Authorization: DPoP ..."
    assert scrub("camille@example.org asked") == "...@... asked"
    assert scrub("01a205b0-2a00-721a-8569-c4cac5148f7e") == "01a205b0-2a00-721a-8569-c4cac5148f7e"
    assert len(scrub("word " * 200)) == 300
    assert scrub("ledger:behind") == "ledger:behind"
    assert scrub("-" * 39) == "-" * 39
    assert scrub("a-" * 20) == "..."


def test_no_line_can_be_forged():
    record = logging.makeLogRecord({"msg": 'a\n{"event": "forged"}'})

    assert "\n" not in JsonLines().format(record)


def test_facts_that_are_absent_are_left_out(log):
    log_line("a:thing", outcome="ok", reason=None, request_id="1")

    assert "reason" not in log()[0]


def test_the_log_goes_to_standard_error(http, capsys):
    http.get("/nowhere")

    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["status"] == 404
