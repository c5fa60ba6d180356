"""Commands are run as people run them: each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SECRET

ROOT = Path(__file__).parents[2]
COMPLETE = """
issuer = "http://localhost:8000"
{more}
[ledger]
origin = "cli.test/log"
directory = "{home}/public"
key_file = "{home}/key.pem"
guard_file = "{home}/guard"
"""


@pytest.fixture
def authz(tmp_path):
    config = tmp_path / "authz.toml"

    def run(*arguments, more="", typed=None, **changed):
        config.write_text(COMPLETE.format(home=tmp_path, more=more))
        environment = {
            "PATH": os.environ["PATH"],
            "AUTHZ_CONFIG": str(config),
            "AUTHZ_SECRET_KEY": SECRET.format("cookie-key"),
            "AUTHZ_KEY_ENCRYPTION_KEY": SECRET.format("key-encryption"),
            "AUTHZ_PAIRWISE_SALT": SECRET.format("pairwise-salt"),
            "AUTHZ_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        } | changed
        return subprocess.run(
            [sys.executable, "-m", "authz.cli", *arguments],
            input=typed,
            start_new_session=True,  # nobody's terminal is asked
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=ROOT,
            env={name: value for name, value in environment.items() if value is not None},
        )

    return run
