"""What the service remembers of each visitor: one SQLite file, so that a restart loses nothing."""

import json
import sqlite3
from contextlib import closing


class Store:
    def __init__(self, path):
        self.path = path
        with closing(self.open()) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS visit (id TEXT PRIMARY KEY, said TEXT)")

    def open(self):
        return sqlite3.connect(self.path, timeout=5)

    def read(self, id):
        with closing(self.open()) as database:
            row = database.execute("SELECT said FROM visit WHERE id = ?", (id,)).fetchone()
        return json.loads(row[0]) if row else None

    def write(self, id, visit):
        with closing(self.open()) as database, database:
            database.execute("INSERT OR REPLACE INTO visit VALUES (?, ?)", (id, json.dumps(visit)))
