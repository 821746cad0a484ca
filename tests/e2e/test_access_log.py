"""Who read what is written down, without addresses, and rotated."""

import json
import os
import tempfile

from ledger import LedgerTest, account, buy, product, program, register


class AccessLog(LedgerTest):
    options = ("--access-log-bytes", "4096", "--access-log-files", "2")

    @classmethod
    def set_up_ledger(cls):
        cls.done(product("connect"), account("acme"), register("acme", "ann@acme.test"), register("acme", "eve@acme.test"),
                 *buy("acme", "inv-1", "connect", 2, "20.00"),
                 {"account": "acme", "bindLicense": {"license": 1, "email": "ann@acme.test"}},
                 {"account": "acme", "grantRole": {"email": "eve@acme.test", "role": "auditor"}})
        cls.settle()
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.token = os.path.join(cls.directory.name, "token")
        issued = cls.ledger.run("token", "issue", "--account", "acme", "--email", "eve@acme.test", "--out", cls.token)
        assert issued.status == 0, issued.err

    def as_eve(self, *arguments, stdin=""):
        return program(*arguments, stdin=stdin, environment={**self.ledger.environment, "SEATLEDGER_TOKEN_FILE": self.token})

    def lines(self):
        files = [self.ledger.data / name for name in ("access.2.log", "access.1.log", "access.log")]
        return [json.loads(line) for file in files if file.exists() for line in file.read_text().splitlines()]

    def newest(self, **wanted):
        return [line for line in self.lines() if wanted.items() <= line.items()][-1]

    def test_a_query_says_who_asked_and_about_whom(self):
        self.assertEqual(self.as_eve("query", "licenses", "--account", "acme", "--email", "ann@acme.test").status, 0)
        line = self.newest(asked="query", what="licenses", byUser=3)
        self.assertEqual((line["by"], line["byAccount"], line["account"], line["email"], line["outcome"]),
                         ("user", "acme", "acme", [2], "done"))
        self.assertGreater(line["token"], 0)
        self.assertTrue(line["time"].endswith("Z") and line["peer"].startswith("127.0.0.1"), line)

    def test_what_was_refused_is_there_too(self):
        self.assertEqual(self.as_eve("query", "users", "--account", "globex").status, 1)
        self.assertEqual(self.newest(account="globex")["outcome"], "role_required")

    def test_a_replay_that_was_refused_and_whatever_else_reads(self):
        self.assertEqual(self.as_eve("replay", "--account", "globex").status, 1)
        refused = self.newest(asked="replay", account="globex")
        self.assertEqual((refused["outcome"], refused["byUser"]), ("role_required", 3))
        self.assertEqual(self.as_eve("digest").status, 1)
        self.assertEqual(self.newest(asked="digest")["outcome"], "role_required")
        self.ok("prove-consistency", "--from", 1, "--to", 2)
        self.assertEqual(self.newest(asked="proveConsistency")["outcome"], "done")

    def test_an_id_of_a_request_is_no_second_name_of_what_was_asked_and_no_address(self):
        self.as_eve("history", "--account", "acme", "--request", "r-17")
        line = self.newest(asked="history", what="request")
        self.assertEqual((line["request"], line["outcome"]), ("r-17", "failed"))
        self.as_eve("history", "--account", "acme", "--request", "ann@acme.test")
        self.assertEqual(self.newest(asked="history", what="request")["request"], "(not shown: it may be an address)")

    def test_an_auditor_reads_and_replays_and_changes_nothing(self):
        self.assertEqual(self.as_eve("history", "--account", "acme", "--license", "1").status, 0)
        self.assertEqual(self.newest(asked="history")["license"], 1)
        self.assertEqual(self.as_eve("replay", "--account", "acme").status, 0)
        self.assertEqual(self.newest(asked="replay", byUser=3)["account"], "acme")
        last = len(self.rows("replay"))
        self.assertEqual(self.as_eve("prove", "--sequence", str(last)).status, 0)
        self.assertEqual(self.newest(asked="prove")["sequence"], last)
        commands = [{"account": "acme", "unbindLicense": {"license": 1}}, register("acme", "new@acme.test"),
                    {"account": "acme", "createQueue": {"queue": "one", "kind": "call"}},
                    {"account": "acme", "grantRole": {"email": "eve@acme.test", "role": "admin"}}]
        for command in commands:
            answer = self.as_eve("submit", stdin=json.dumps(command) + "\n")
            self.assertEqual((answer.status, answer.lines[0]["rejected"]), (3, "role_required"))
        self.assertEqual(len(self.rows("replay")), last)

    def test_no_address_is_in_it_and_old_files_go(self):
        for _ in range(60):
            self.ok("query", "user", "--email", "ann@acme.test", "--account", "acme")
        names = sorted(path.name for path in self.ledger.data.glob("access*.log"))
        self.assertEqual(names, ["access.1.log", "access.2.log", "access.log"])
        for name in names:
            path = self.ledger.data / name
            self.assertNotIn("@", path.read_text())
            self.assertLessEqual(path.stat().st_size, 4096)
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.newest(what="user")["by"], "vendor")
