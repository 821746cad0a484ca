"""Checkpoints and proofs, and a stranger who verifies them with the files alone."""

import base64
import hashlib
import os
import subprocess
import tempfile

from ledger import LedgerTest, PROGRAM, account, product, register

ORIGIN = "ledger.example.com"


class Proofs(LedgerTest):
    options = ("--origin", ORIGIN)

    @classmethod
    def set_up_ledger(cls):
        cls.done(product("connect"), account("acme"), register("acme", "ann@acme.test"))

    def output(self, *arguments):
        """What a subcommand prints, byte for byte."""
        return subprocess.run([PROGRAM, *arguments], env={**os.environ, **self.ledger.environment}, capture_output=True, check=True,
                              timeout=60).stdout

    def verify(self, proof, entry, key):
        with tempfile.TemporaryDirectory() as directory:
            names = []
            for name, content in (("proof", proof), ("entry", entry)):
                names.append(os.path.join(directory, name))
                with open(names[-1], "wb") as file:
                    file.write(content)
            return subprocess.run([PROGRAM, "verify", "--proof", names[0], "--entry", names[1], "--key", key],
                                  capture_output=True, text=True, timeout=60)

    def test_the_newest_checkpoint_is_a_signed_note_over_the_log(self):
        last = len(self.rows("replay"))
        self.output("prove", "--sequence", str(last))  # then there is one over all of it
        text, signature = self.output("checkpoint").decode().split("\n\n")
        origin, size, root = text.split("\n")
        self.assertEqual(origin, ORIGIN)
        self.assertEqual(int(size), last)
        self.assertEqual(len(base64.b64decode(root)), 32)
        name, key_id, key = self.output("vkey").decode().strip().split("+", 2)
        self.assertEqual(name, ORIGIN)
        raw = base64.b64decode(key)
        self.assertEqual((raw[0], len(raw)), (1, 33))
        self.assertEqual(hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8], key_id)
        self.assertTrue(signature.startswith(f"— {ORIGIN} "))
        self.assertEqual(base64.b64decode(signature.split(" ")[2])[:4].hex(), key_id)

    def test_every_event_is_proved_by_files_alone(self):
        key = self.output("vkey").decode().strip()
        last = len(self.rows("replay"))
        entries = [self.output("entry", "--sequence", str(n)) for n in range(1, last + 1)]
        for sequence, entry in enumerate(entries, 1):
            proof = self.output("prove", "--sequence", str(sequence))
            verified = self.verify(proof, entry, key)
            self.assertEqual((verified.returncode, verified.stderr), (0, ""))
            self.assertIn(f"event {sequence} is in the log {ORIGIN} of ", verified.stdout)
            other = self.verify(proof, entries[sequence % last], key)
            self.assertEqual((other.returncode, other.stdout), (3, ""))
            self.assert_one_line(other.stderr)
            changed = self.verify(proof, entry[:-1] + bytes([entry[-1] ^ 1]), key)
            self.assertEqual(changed.returncode, 3)

    def test_an_entry_has_personal_data_only_sealed(self):
        for sequence in range(1, len(self.rows("replay")) + 1):
            self.assertNotIn(b"ann@acme.test", self.output("entry", "--sequence", str(sequence)))

    def test_an_earlier_log_is_the_beginning_of_a_later_one(self):
        def leaf(sequence):
            return hashlib.sha256(b"\0" + self.output("entry", "--sequence", str(sequence))).digest()

        self.assertEqual(self.output("prove-consistency", "--from", "0", "--to", "2"), b"")
        # RFC 6962, section 2.1.2: from one leaf to two the proof is the second leaf.
        proof = self.output("prove-consistency", "--from", "1", "--to", "2").decode().split()
        self.assertEqual([base64.b64decode(line) for line in proof], [leaf(2)])

    def test_what_there_is_not_is_said(self):
        for arguments in (("prove", "--sequence", "999"), ("entry", "--sequence", "999"),
                          ("prove-consistency", "--from", "3", "--to", "2"),
                          ("prove-consistency", "--from", "1", "--to", "999")):
            with self.subTest(arguments):
                result = self.ledger.run(*arguments)
                self.assertEqual((result.status, result.out), (1, ""))
                self.assert_one_line(result.err)

    def test_only_who_may_read_an_account_gets_its_events(self):
        with tempfile.TemporaryDirectory() as directory:
            token = os.path.join(directory, "token")
            self.ok("token", "issue", "--account", "acme", "--email", "ann@acme.test", "--out", token)
            environment = {**os.environ, **self.ledger.environment, "SEATLEDGER_TOKEN_FILE": token}

            def ask(*arguments):
                return subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, timeout=60)

            self.assertEqual(ask("checkpoint").returncode, 0)
            self.assertEqual(ask("entry", "--sequence", "1").returncode, 0)  # of the catalogue
            refused = ask("entry", "--sequence", "2")
            self.assertEqual(refused.returncode, 1)
            self.assertIn(b"role_required", refused.stderr)
            self.assertNotEqual(ask("prove", "--sequence", "2").returncode, 0)
