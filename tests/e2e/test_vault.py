"""The vault from outside: where its master key is, another one in its place, and erasing somebody."""

import pathlib
import unittest

from ledger import Ledger, program

COMPANY = """{"account":"acme","openAccount":{"name":"Acme","superAdmin":{"email":"bo@acme.test","name":"Bo"}}}
{"account":"acme","registerUser":{"email":"unforgettable@acme.test","name":"Aurelia Unforgettable"}}
"""


def files_with(text, directory):
    return [str(path) for path in pathlib.Path(directory).rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()]


class Vault(unittest.TestCase):
    def users(self):
        return [row["email"] for row in self.ledger.run("query", "users", "--account", "acme").lines]

    def setUp(self):
        self.ledger = Ledger()
        self.addCleanup(self.ledger.close)
        self.assertEqual(self.ledger.run("submit", "-", stdin=COMPANY).status, 0)

    def test_nobody_is_in_a_file_in_the_clear(self):
        self.ledger.end()
        for text in ("unforgettable@acme.test", "Aurelia"):
            self.assertEqual(files_with(text, self.ledger.data), [])
        self.ledger.start()
        self.assertEqual(self.users(), ["bo@acme.test", "unforgettable@acme.test"])

    def test_who_was_erased_is_nowhere(self):
        erased = self.ledger.run(
            "submit", "-", stdin='{"account":"acme","erasePerson":{"email":"unforgettable@acme.test"}}')
        self.assertEqual(erased.status, 0)
        self.assertNotIn("unforgettable", erased.out)
        self.assertEqual(self.users(), ["bo@acme.test"])
        for question in (["replay"], ["query", "users", "--account", "acme", "--as-of-sequence", "4"],
                         ["history", "--account", "acme", "--actor", "vendor"]):
            answer = self.ledger.run(*question)
            self.assertEqual(answer.status, 0, answer.err)
            self.assertNotIn("unforgettable", answer.out)
            self.assertNotIn("Aurelia", answer.out)
        # By the address nobody is found: it might as well never have been here.
        looked_up = [self.ledger.run("history", "--account", "acme", "--email", address)
                     for address in ("unforgettable@acme.test", "never-there-yet@acme.test")]
        self.assertEqual([(found.status, found.out) for found in looked_up], [(1, "")] * 2)
        self.assertEqual(looked_up[0].err.replace("unforgettable", "never-there-yet"), looked_up[1].err)
        self.assertIn('"userRegistered":{"email":null,"name":null,', self.ledger.run("replay").out)
        live = self.ledger.run("digest").out
        rebuilt = self.ledger.run("rebuild")
        self.assertEqual(rebuilt.status, 0, rebuilt.err)
        self.assertEqual([line for line in rebuilt.out.splitlines() if "digest" in line], live.splitlines())

    def test_another_master_key_takes_the_place_of_the_first(self):
        own = self.ledger.data / "vault" / "master.key"
        before = own.read_text()
        refused = program("vault", "rotate", "--data", self.ledger.data)
        self.assertEqual(refused.status, 1)  # while the server runs
        self.ledger.end()
        rotated = program("vault", "rotate", "--data", self.ledger.data)
        self.assertEqual(rotated.status, 0, rotated.err)
        self.assertIn("keys wrapped anew", rotated.out)
        self.assertNotEqual(own.read_text(), before)
        self.ledger.start()
        self.assertEqual(self.users(), ["bo@acme.test", "unforgettable@acme.test"])

    def test_the_master_key_may_lie_elsewhere(self):
        key = self.ledger.directory / "elsewhere.key"
        key.write_text("5a" * 32 + "\n")
        key.chmod(0o600)
        self.ledger.end()
        moved = program("vault", "rotate", "--data", self.ledger.data, "--new-master-key-file", key)
        self.assertEqual(moved.status, 0, moved.err)
        self.assertFalse((self.ledger.data / "vault" / "master.key").exists())
        without = program("serve", "--data", self.ledger.data, "--listen", "127.0.0.1:0")
        self.assertEqual(without.status, 1)
        self.assertIn("master key", without.err)
        self.assertEqual(len(without.err.splitlines()), 1)
        offline = program("digest", "--data", self.ledger.data, "--master-key-file", key)
        self.assertEqual(offline.status, 0, offline.err)
        self.ledger.options = ("--master-key-file", str(key))
        self.ledger.start()
        self.assertEqual(self.users(), ["bo@acme.test", "unforgettable@acme.test"])
        self.ledger.end()
        key.chmod(0o644)
        open_to_others = program("serve", "--data", self.ledger.data, "--listen", "127.0.0.1:0",
                                 "--master-key-file", key)
        self.assertEqual(open_to_others.status, 1)
        in_environment = program("digest", "--data", self.ledger.data,
                                 environment={"SEATLEDGER_MASTER_KEY": "5a" * 32})
        self.assertEqual(in_environment.status, 0, in_environment.err)


if __name__ == "__main__":
    unittest.main()
