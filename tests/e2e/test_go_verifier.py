"""Checkpoints, proofs and tiles as programs see them that know nothing of ours: Go's sumdb/note and tlog verify them,
and take nothing that was changed."""

import base64
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time
import unittest

from go_verifier import GoVerifier
from ledger import PATIENCE, PROGRAM, LedgerTest, account, product, register

ORIGIN = "ledger.example.com"
SIZES = (1, 2, 3, 127, 128, 255, 256, 257, 400, 511, 512, 513)


def flipped(content, at, bit=1):
    return content[:at] + bytes([content[at] ^ bit]) + content[at + 1:]


def spoiled(lines):
    """Hashes in base64, a line each, of which anything was changed."""
    for at, line in enumerate(lines):
        other = base64.b64encode(flipped(base64.b64decode(line), at % 32))
        yield lines[:at] + [other] + lines[at + 1:]
        yield lines[:at] + lines[at + 1:]
        yield lines[:at] + [line] + lines[at:]
    one_more = base64.b64encode(bytes(32))
    yield lines + [one_more]
    yield [one_more] + lines


def text_of(lines):
    return b"".join(line + b"\n" for line in lines)


def setUpModule():
    GoVerifierTest.go = GoVerifier()
    unittest.addModuleCleanup(GoVerifierTest.go.close)


class GoVerifierTest(LedgerTest):
    options = ("--origin", ORIGIN)

    @classmethod
    def set_up_ledger(cls):
        cls.done(product("connect"), account("acme"), *(register("acme", f"user-{i}@acme.test") for i in range(520)))
        cls.settle()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-tiles-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.tiles = cls.folder / "tiles"
        cls.output("export-tiles", cls.tiles)
        cls.key = cls.output("vkey").decode().strip()
        cls.roots = ["", *cls.go.run("roots", cls.tiles).split("\n")]  # of each size, computed by Go from the entries
        cls.last = len(cls.roots) - 1
        cls.seed = random.randrange(2**32)
        print(f"seed {cls.seed}")
        cls.random = random.Random(cls.seed)

    @classmethod
    def output(cls, *arguments):
        """What a subcommand prints, byte for byte."""
        return subprocess.run([PROGRAM, *map(str, arguments)], env={**os.environ, **cls.ledger.environment},
                              capture_output=True, check=True, timeout=PATIENCE).stdout

    def ours(self, proof, entry):
        """The exit status of our own verification."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in (("proof", proof), ("entry", entry)):
                (pathlib.Path(folder) / name).write_bytes(content)
            return subprocess.run([PROGRAM, "verify", "--proof", f"{folder}/proof", "--entry", f"{folder}/entry",
                                   "--key", self.key], capture_output=True, timeout=PATIENCE).returncode


class Checkpoints(GoVerifierTest):
    def test_a_checkpoint_is_a_note_signed_by_our_key_over_the_root_that_go_computes(self):
        for checkpoint in (self.output("checkpoint"), (self.tiles / "checkpoint").read_bytes()):
            said = self.go.run("checkpoint", self.key, checkpoint)
            self.assertEqual(said, f"{self.last} {self.roots[self.last]}")

    def test_another_byte_or_another_key_is_refused(self):
        checkpoint = self.output("checkpoint")
        signature = checkpoint.rsplit(b" ", 1)[1].strip()
        for at in range(len(checkpoint)):
            other = flipped(checkpoint, at)
            with self.subTest(other=other):
                try:  # Go takes any bits behind the last byte of a signature
                    same = base64.b64decode(other.rsplit(b" ", 1)[1].strip(), validate=True) == base64.b64decode(signature)
                except ValueError:
                    same = False
                taken = self.go.run("checkpoint", self.key, other)
                is_framed = other.startswith(checkpoint[:-len(signature) - 1]) and other.endswith(b"\n")
                self.assertEqual(taken is not None, same and is_framed)
        for other in (checkpoint[:-1], checkpoint + b"\n", checkpoint.replace(b"\n\n", b"\n"), b"\n" + checkpoint,
                      checkpoint.replace(ORIGIN.encode(), b"ledger example.com"),
                      checkpoint.replace(ORIGIN.encode(), b"ledger+example.com")):
            with self.subTest(other=other):
                self.assertIsNone(self.go.run("checkpoint", self.key, other))
        name, _, key = self.key.split("+", 2)
        for other in (f"{name}+00000000+{key}", self.key.replace(ORIGIN, "other.example.com")):
            with self.subTest(other=other):
                self.assertIsNone(self.go.run("checkpoint", other, checkpoint))


class Proofs(GoVerifierTest):
    def test_a_proof_shows_that_its_entry_is_in_the_log(self):
        sequences = {1, 2, 255, 256, 257, 512, 513, self.last, *self.random.sample(range(1, self.last), 12)}
        for sequence in sorted(sequences):
            with self.subTest(sequence=sequence, seed=self.seed):
                proof, entry = self.output("prove", "--sequence", sequence), self.output("entry", "--sequence", sequence)
                self.assertEqual(self.go.run("proof", self.key, proof, entry), f"{sequence - 1} of {self.last}")
                self.assertEqual(self.ours(proof, entry), 0)

    def test_what_was_changed_is_refused_by_both(self):
        sequence = self.random.randrange(1, self.last)
        proof, entry = self.output("prove", "--sequence", sequence), self.output("entry", "--sequence", sequence)
        head, checkpoint = proof.split(b"\n\n", 1)
        first, index, *hashes = head.split(b"\n")
        self.assertEqual(index, b"index %d" % (sequence - 1))

        def with_hashes(lines):
            return text_of([first, index, *lines]) + b"\n" + checkpoint

        self.assertEqual(with_hashes(hashes), proof)
        text, signature = checkpoint.split(b"\n\n")
        name, size, root = text.split(b"\n")
        dash, signer, signed = signature.strip().split(b" ")
        raw = base64.b64decode(signed)
        bad = {f"hashes {number}": with_hashes(lines) for number, lines in enumerate(spoiled(hashes))}
        bad |= {f"index {other}": proof.replace(index, b"index %d" % other, 1)
                for other in (0, sequence, sequence - 2, self.last, self.last + 1) if other != sequence - 1}
        for what, note in (("another size", proof.replace(b"\n" + size + b"\n", b"\n%d\n" % (int(size) - 1))),
                           ("another root", proof.replace(root, base64.b64encode(bytes(32)))),
                           ("another key's id", proof.replace(signed, base64.b64encode(flipped(raw, 0)))),
                           ("another signature", proof.replace(signed, base64.b64encode(flipped(raw, 40)))),
                           ("a name with a space", proof.replace(signer, b"ledger example.com")),
                           ("a name with a plus", proof.replace(signer, b"ledger+example.com")),
                           ("another origin", proof.replace(name + b"\n" + size, b"x\n" + size)),
                           ("no newline at the end", proof[:-1]),
                           ("no blank line", proof.replace(b"\n\n" + dash, b"\n" + dash)),
                           ("no signature", proof[:proof.index(dash)]),
                           ("one line more", proof.replace(root + b"\n", root + b"\nmore\n"))):
            self.assertNotEqual(note, proof, what)
            bad[what] = note
        for what, other in bad.items():
            with self.subTest(what, sequence=sequence, seed=self.seed):
                self.assertIsNone(self.go.run("proof", self.key, other, entry))
                self.assertEqual(self.ours(other, entry), 3)
        at = self.random.randrange(len(entry))
        for other in (flipped(entry, at), entry[:-1], entry + b"\0", b""):
            with self.subTest(sequence=sequence, at=at, seed=self.seed):
                self.assertIsNone(self.go.run("proof", self.key, proof, other))
                self.assertEqual(self.ours(proof, other), 3)


class Consistency(GoVerifierTest):
    def proof(self, before, after):
        return self.output("prove-consistency", "--from", before, "--to", after).splitlines()

    def check(self, before, after, lines, roots=None):
        one, two = roots or (self.roots[before], self.roots[after])
        return self.go.run("consistency", before, one, after, two, text_of(lines))

    def test_every_earlier_log_is_the_beginning_of_every_later_one(self):
        sizes = (*SIZES, self.last)
        for before in sizes:
            for after in (size for size in sizes if size >= before):
                with self.subTest(before=before, after=after):
                    self.assertIsNotNone(self.check(before, after, self.proof(before, after)))

    def test_what_was_changed_is_refused(self):
        for before, after in ((1, 2), (2, 3), (255, 257), (256, 512), (257, self.last), (400, 513)):
            lines = self.proof(before, after)
            one, two = self.roots[before], self.roots[after]
            self.assertIsNotNone(self.check(before, after, lines))
            for other in spoiled(lines):
                with self.subTest(before=before, after=after, other=other):
                    self.assertIsNone(self.check(before, after, other))
            for roots in ((two, one), (one, one), (two, two), (self.roots[before + 1], two)):
                if roots != (one, two):
                    with self.subTest(before=before, after=after, roots=roots):
                        self.assertIsNone(self.check(before, after, lines, roots))


class Tiles(GoVerifierTest):
    def setUp(self):
        self.copy = self.folder / "copy"
        shutil.copytree(self.tiles, self.copy)
        self.addCleanup(shutil.rmtree, self.copy)

    def verified(self, folder):
        return self.go.run("tiles", self.key, folder), self.go.run("files", folder)

    def test_every_entry_has_the_hash_that_the_tiles_have_under_the_root_that_was_signed(self):
        self.assertEqual(self.verified(self.tiles), (f"{self.last} events", "the log and nothing else"))

    def test_a_changed_byte_in_any_file_is_refused(self):
        files = sorted(path for path in self.copy.rglob("*") if path.is_file())
        self.assertGreater(len(files), 7)
        for path in files:
            content = path.read_bytes()
            for at in (0, self.random.randrange(len(content) - 4), len(content) - 5):
                with self.subTest(file=path.relative_to(self.copy), at=at, seed=self.seed):
                    path.write_bytes(flipped(content, at))
                    self.assertIsNone(self.go.run("tiles", self.key, self.copy))
            for other in (content[:-1], content + b"x", b""):
                with self.subTest(file=path.relative_to(self.copy), size=len(other)):
                    path.write_bytes(other)
                    self.assertIsNone(self.go.run("tiles", self.key, self.copy))
            path.unlink()
            with self.subTest(missing=path.relative_to(self.copy)):
                self.assertIsNone(self.go.run("tiles", self.key, self.copy))
            path.write_bytes(content)
        self.assertEqual(self.verified(self.copy), self.verified(self.tiles))

    def test_a_folder_that_grew_is_verified_as_one_that_was_exported_at_once(self):
        for count in (1, 200, 300):
            self.done(*(register("acme", f"{count}-{i}@acme.test") for i in range(count)))
            self.settle()
            size = len(self.rows("replay"))
            self.assertIn(f" of {size} events ", self.output("export-tiles", self.copy).decode())
            self.assertEqual(self.verified(self.copy), (f"{size} events", "the log and nothing else"))
        at_once = self.folder / "at-once"
        self.output("export-tiles", at_once)
        self.assertEqual(subprocess.run(["diff", "-r", at_once, self.copy]).returncode, 0)

    def test_an_export_that_is_killed_leaves_what_go_verifies_and_goes_on(self):
        interrupted = 0
        for attempt in range(12):
            self.done(*(register("acme", f"killed-{attempt}-{i}@acme.test") for i in range(500)))
            process = self.ledger.popen("export-tiles", self.copy, stdout=subprocess.DEVNULL)
            while process.poll() is None and not (self.copy / "unfinished-export").exists():
                time.sleep(0.0005)
            time.sleep(self.random.random() * 0.01)
            process.kill()
            process.wait(PATIENCE)
            interrupted += (self.copy / "unfinished-export").exists()
            with self.subTest(attempt=attempt, seed=self.seed):
                self.assertIsNotNone(self.go.run("tiles", self.key, self.copy))
        self.assertGreater(interrupted, 0)
        self.settle()
        self.output("export-tiles", self.copy)
        self.assertEqual(self.verified(self.copy), (f"{len(self.rows('replay'))} events", "the log and nothing else"))
