"""verify --data: a whole ledger checked offline, and what it finds where something was changed."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from ledger import LedgerTest, Ledger, account, at, buy, product, program, register

ORIGIN = "ledger.example.com"


def story():
    """Every kind of file in the data directory has something in it, and something has fallen due."""
    yield product("connect", keepsPhone=True, term="P1M")
    yield account("acme")
    for name in ("ann", "bob", "cleo"):
        yield register("acme", f"{name}@acme.test")
    yield from buy("acme", "inv-1", "connect", 5, "50.00")
    for number, name in enumerate(("ann", "bob"), 1):
        yield {"account": "acme", "requestId": f"r-{number}", "bindLicense": {"license": number, "email": f"{name}@acme.test"}}
    yield {"account": "acme", "savePhone": {"email": "ann@acme.test", "config": "{\"line\":1}"}}
    yield {"account": "acme", "unbindLicense": {"license": 2}}
    yield {"account": "acme", "createQueue": {"queue": "help", "kind": "call"}}
    yield {"account": "acme", "addQueueMember": {"queue": "help", "email": "bob@acme.test", "role": "agent"}}
    yield {"account": "acme", "erasePerson": {"email": "cleo@acme.test"}}


def verify(data, *arguments):
    return program("verify", "--data", data, *arguments)


def files_of(data):
    return {str(path.relative_to(data)): path.read_bytes() for path in pathlib.Path(data).rglob("*") if path.is_file()}


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ledger = Ledger("--origin", ORIGIN, "--clock", "manual")
        cls.addClassCleanup(cls.ledger.close)
        lines = "".join(json.dumps(command) + "\n" for command in at("2026-01-05T00:00:00Z", *story()))
        lines += json.dumps({"at": "2026-03-01T00:00:00Z", **register("acme", "dan@acme.test")}) + "\n"
        submitted = cls.ledger.run("submit", stdin=lines)
        if submitted.status != 0:
            raise AssertionError(submitted.out + submitted.err)
        LedgerTest.settle.__func__(cls)
        cls.last = len(cls.ledger.run("replay").lines)
        cls.key = cls.ledger.run("vkey").out.strip()
        cls.ledger.run("prove", "--sequence", cls.last)  # then a checkpoint is over all of it
        cls.checkpoint = cls.ledger.directory / "checkpoint.txt"
        cls.checkpoint.write_text(cls.ledger.run("checkpoint").out)
        cls.ledger.run("query", "users", "--account", "acme")
        cls.ledger.end()

    def copy(self):
        """Another one to be changed."""
        directory = tempfile.mkdtemp(prefix="seatledger-e2e-")
        self.addCleanup(shutil.rmtree, directory)
        data = pathlib.Path(directory) / "data"
        shutil.copytree(self.ledger.data, data)
        return data

    def assert_in_order(self, result):
        self.assertEqual((result.status, result.err), (0, ""), result.out)
        summary, = result.lines
        self.assertEqual(summary["problems"], 0)
        return summary

    def assert_problem(self, result, kind):
        self.assertEqual((result.status, result.err), (3, ""), result.out)
        kinds = [line["problem"] for line in result.lines[:-1]] if "problems" in result.lines[-1] else []
        self.assertIn(kind, kinds, result.out)

    def test_a_ledger_is_in_order_and_is_not_changed_by_being_looked_at(self):
        before = files_of(self.ledger.data)
        summary = self.assert_in_order(verify(self.ledger.data))
        self.assertEqual((summary["events"], summary["signed"], summary["unjudged"]), (self.last, self.last, 0))
        self.assertGreater(summary["tables"], 0)
        self.assertEqual(files_of(self.ledger.data), before)
        self.assertEqual([path for path in os.listdir(tempfile.gettempdir()) if path.startswith("seatledger-verify-")], [])

    def test_an_extension_of_a_checkpoint_that_was_kept_is_in_order(self):
        self.assert_in_order(verify(self.ledger.data, "--against", self.checkpoint))
        self.assert_in_order(verify(self.ledger.data, "--against", self.checkpoint, "--key", self.key))

    def test_a_fork_is_refused_with_the_two_roots(self):
        other = Ledger("--origin", ORIGIN)
        self.addCleanup(other.close)
        key = other.data / "checkpoint.key"
        other.end()
        for name in ("merkle", "checkpoint.key"):  # signs as the first one did
            path = other.data / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copy(self.ledger.data / "checkpoint.key", key)
        other.start()
        names = "".join(json.dumps(register("acme", f"user{n}@acme.test")) + "\n" for n in range(self.last))
        other.run("submit", stdin=json.dumps(account("acme")) + "\n" + names)
        other.end()
        self.assert_in_order(verify(other.data))
        forked = verify(other.data, "--against", self.checkpoint)
        self.assert_problem(forked, "fork")
        root = self.checkpoint.read_text().split("\n")[2]
        message = forked.lines[0]["message"]
        self.assertIn(root, message)
        self.assertIn("not an extension", message)

    def test_a_log_that_ends_before_a_checkpoint_has_lost_events(self):
        other = Ledger("--origin", ORIGIN)
        self.addCleanup(other.close)
        other.end()
        shutil.copy(self.ledger.data / "checkpoint.key", other.data / "checkpoint.key")
        shutil.rmtree(other.data / "merkle")
        self.assert_problem(verify(other.data, "--against", self.checkpoint), "fork")
        shutil.rmtree(other.data / "projections")
        shutil.copytree(self.ledger.data / "merkle", other.data / "merkle")
        self.assert_problem(verify(other.data), "events_lost")

    def test_checkpoints_that_nobody_signed_are_no_help(self):
        forged = self.ledger.directory / "forged.txt"
        forged.write_text(self.checkpoint.read_text().replace(f"\n{self.last}\n", f"\n{self.last - 1}\n"))
        result = verify(self.ledger.data, "--against", forged)
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn("forged.txt", result.err)
        self.assertEqual(result.err.count("\n"), 1, result.err)

    def test_a_ledger_in_use_is_left_alone(self):
        running = Ledger()
        self.addCleanup(running.close)
        result = verify(running.data)
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn("in use", result.err)

    def test_where_there_is_no_ledger_none_is_made(self):
        nowhere = self.ledger.directory / "nowhere"
        result = verify(nowhere)
        self.assertEqual(result.status, 1)
        self.assertFalse(nowhere.exists())
        self.assertEqual(program("verify").status, 2)
        self.assertEqual(program("verify", "--proof", "x", "--data", "y").status, 2)

    def test_tables_that_were_deleted_are_no_problem_and_are_spoken_of(self):
        data = self.copy()
        shutil.rmtree(data / "projections")
        summary = self.assert_in_order(verify(data))
        self.assertEqual(summary["tables"], 0)
        self.assertIn("none were compared", summary["leftOut"][0])
        self.assertEqual(self.assert_in_order(verify(self.ledger.data))["leftOut"], [])

    def test_what_was_signed_is_missed(self):
        data = self.copy()
        shutil.rmtree(data / "merkle")
        self.assert_problem(verify(data), "checkpoint_missing")

    def test_a_place_for_the_tables_that_is_none_is_no_problem_of_the_ledger(self):
        nowhere = self.ledger.directory / "nowhere"
        for scratch in (nowhere, "/proc"):
            with self.subTest(scratch):
                result = verify(self.ledger.data, "--scratch", scratch)
                self.assertEqual((result.status, result.out), (1, ""))
                self.assertIn("--scratch", result.err)
        self.assertFalse(nowhere.exists())

    def test_a_key_that_nothing_erased_is_missed(self):
        for change, problem in ((lambda slot: bytes(64), "key_destroyed"),
                                (lambda slot: slot[:20] + bytes([slot[20] ^ 1]) + slot[21:], "files_damaged")):
            data = self.copy()
            path = data / "vault" / "keys"
            keys = path.read_bytes()
            place = 4 * 64  # two keys of the ledger's own, the super admin's, ann's
            path.write_bytes(keys[:place] + change(keys[place:place + 64]) + keys[place + 64:])
            result = verify(data)
            self.assert_problem(result, problem)
            line = next(line for line in result.lines if line.get("problem") == problem)
            self.assertGreater(line["sequence"], 0)
            self.assertNotIn("expected", line["message"])

    def ledger_with_eve(self):
        """A ledger of its own with nothing but acme and eve@acme.test."""
        other = Ledger()
        self.addCleanup(other.close)
        for command in (account("acme"), register("acme", "eve@acme.test")):
            other.run("submit", stdin=json.dumps(command) + "\n")
        return other

    def test_a_key_that_came_back_is_noticed(self):
        other = self.ledger_with_eve()
        other.end()
        before = (other.data / "vault" / "keys").read_bytes()
        other.start()
        other.run("submit", stdin=json.dumps({"account": "acme", "erasePerson": {"email": "eve@acme.test"}}) + "\n")
        other.run("query", "users", "--account", "acme", "--min-sequence", "5")
        other.end()
        self.assert_in_order(verify(other.data))
        (other.data / "vault" / "keys").write_bytes(before)
        self.assert_problem(verify(other.data), "key_not_destroyed")

    def refusal(self, data):
        started = subprocess.run([os.environ["SEATLEDGER"], "serve", "--data", data, "--listen", "127.0.0.1:0"],
                                 capture_output=True, text=True, timeout=60)
        self.assertEqual(started.returncode, 1)
        return started.stderr

    def test_keys_that_are_older_than_the_rows_and_another_ledgers_vault_are_refused(self):
        other = self.ledger_with_eve()
        other.run("query", "users", "--account", "acme", "--min-sequence", "4")
        other.end()
        before = (other.data / "vault" / "keys").read_bytes()
        other.start()
        other.run("submit", stdin=json.dumps(register("acme", "dan@acme.test")) + "\n")
        other.run("query", "users", "--account", "acme", "--min-sequence", "5")
        other.end()
        (other.data / "vault" / "keys").write_bytes(before)
        self.assertIn("vault/keys lacks keys", self.refusal(other.data))
        shutil.rmtree(other.data / "vault")
        shutil.copytree(self.ledger.data / "vault", other.data / "vault")
        self.assertIn("of this ledger", self.refusal(other.data))

    def test_rows_of_another_vault_are_noticed_and_refused(self):
        other = self.ledger_with_eve()
        other.run("query", "users", "--account", "acme", "--min-sequence", "4")
        other.end()
        data = self.copy()
        shutil.rmtree(data / "vault" / "rows")
        shutil.copytree(other.data / "vault" / "rows", data / "vault" / "rows")
        self.assert_problem(verify(data), "address_missing")
        self.assertIn("another vault", self.refusal(data))

    def test_bytes_that_change_anywhere_are_noticed_or_nothing_that_is_read_is_another(self):
        seed = int(os.environ.get("SEATLEDGER_SEED", random.randrange(1 << 32)))
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        honest = self.read_all(self.ledger.data)
        # A token is no part of the ledger: whoever has another one is not let in.
        names = sorted(name for name, content in files_of(self.ledger.data).items() if content and name != "vendor.token")
        noticed = 0
        for name in names + chance.choices(names, k=20):
            data = self.copy()
            path = data / name
            content = bytearray(path.read_bytes())
            place = chance.randrange(len(content))
            content[place] ^= 1 << chance.randrange(8)
            path.chmod(0o600)
            path.write_bytes(content)
            result = verify(data)
            with self.subTest(name, place=place, seed=seed):
                self.assertIn(result.status, (0, 1, 3), result.err)
                if result.status == 0:
                    self.assertEqual(self.read_all(data), honest)
                noticed += result.status != 0
        self.assertGreater(noticed, len(names) // 4)

    def read_all(self, data):
        """What a server on it answers."""
        copy = tempfile.mkdtemp(prefix="seatledger-e2e-")
        self.addCleanup(shutil.rmtree, copy, ignore_errors=True)
        shutil.copytree(data, pathlib.Path(copy) / "data")
        server = subprocess.Popen([os.environ["SEATLEDGER"], "serve", "--data", f"{copy}/data", "--clock", "manual",
                                   "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            line = server.stdout.readline()
            self.assertTrue(line.startswith("listening on "), "it does not start")
            environment = {"SEATLEDGER_SERVER": line.removeprefix("listening on ").strip(),
                           "SEATLEDGER_TOKEN_FILE": f"{copy}/data/vendor.token"}
            asked = [("replay",), ("digest",)]
            asked += [("query", table, "--account", "acme") for table in ("licenses", "users", "products", "queues", "invoices")]
            return [program(*arguments, environment=environment).out for arguments in asked]
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
