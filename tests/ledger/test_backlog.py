"""An event that waits for its number is an alarm after ten seconds, a louder one after sixty."""

import logging
from datetime import timedelta

from authz.worker import watch
from tests.ledger.conftest import AT


def test_the_worker_says_when_nobody_numbers_and_does_not_repeat_itself(ledger, caplog):
    run = watch()
    ledger.append(1)

    for seconds in (5, 11, 15, 61):
        run(AT + timedelta(seconds=seconds))

    said = [
        (record.levelno, record.facts["seconds"])
        for record in caplog.records
        if record.getMessage() == "ledger:behind"
    ]
    assert said == [(logging.WARNING, 11), (logging.ERROR, 61)]


def test_once_events_have_their_numbers_it_is_silent(ledger):
    ledger.append(1)
    ledger.integrate()

    assert watch()(AT + timedelta(hours=2)) == 0
