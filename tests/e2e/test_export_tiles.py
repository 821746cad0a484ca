"""The whole log as files: what is in them, who gets it, and what happens where it cannot be written."""

import base64
import hashlib
import pathlib
import shutil
import subprocess
import tempfile

from ledger import PATIENCE, PROGRAM, Ledger, LedgerTest, account, product, register

ORIGIN = "ledger.example.com"


def root_of(entries):
    """RFC 6962, section 2.1."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + root_of(entries[:k]) + root_of(entries[k:])).digest()


def entries_in(folder):
    """Those of all bundles, in order."""
    entries = []
    bundles = {}
    for path in (folder / "tile" / "entries").rglob("*"):
        if path.is_file():
            name = str(path.relative_to(folder / "tile" / "entries")).split(".p/")[0]
            bundles[int(name.replace("x", "").replace("/", ""))] = path.read_bytes()
    for number in range(len(bundles)):
        rest = bundles[number]
        while rest:
            end = 2 + int.from_bytes(rest[:2], "big")
            entries.append(rest[2:end])
            rest = rest[end:]
    return entries


def files_of(size):
    """The names that a log of less than 256,000 events has, by c2sp.org/tlog-tiles."""
    files = {"checkpoint"}
    level = 0
    while size:
        names = [f"{number:03}" for number in range(size // 256)]
        names += [f"{size // 256:03}.p/{size % 256}"] if size % 256 else []
        files |= {f"tile/{level}/{name}" for name in names}
        files |= {f"tile/entries/{name}" for name in names if level == 0}
        size //= 256
        level += 1
    return files


def content_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class ExportTiles(LedgerTest):
    options = ("--origin", ORIGIN)

    @classmethod
    def set_up_ledger(cls):
        cls.done(product("connect"), account("acme"), *(register("acme", f"user-{i}@acme.test") for i in range(300)))
        cls.settle()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-tiles-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.tiles = self.folder / "tiles"

    def assert_whole(self, folder):
        """The checkpoint is over the entries that are there. Gives how many."""
        origin, size, root = (folder / "checkpoint").read_text().split("\n")[:3]
        entries = entries_in(folder)
        self.assertEqual((origin, int(size), base64.b64decode(root)), (ORIGIN, len(entries), root_of(entries)))
        return len(entries)

    def refused(self, *arguments):
        """Why; nothing is written on stdout."""
        result = self.ledger.run("export-tiles", *arguments)
        self.assertEqual((result.status, result.out), (1, ""))
        self.assert_one_line(result.err)
        return result.err

    def test_the_entries_are_the_events_as_stored_and_have_the_root_that_is_signed(self):
        last = len(self.rows("replay"))
        result = self.ok("export-tiles", self.tiles)
        self.assertRegex(result.out, rf"tiles has the log {ORIGIN} of {last} events with the root \S{{44}}; {last} of them are new\n")
        self.assertEqual(self.assert_whole(self.tiles), last)
        self.assertEqual(set(content_of(self.tiles)), files_of(last))
        entries = entries_in(self.tiles)
        for sequence in (1, 256, 257, last):
            entry = subprocess.run([PROGRAM, "entry", "--sequence", str(sequence)], env=self.ledger.environment,
                                   capture_output=True, check=True, timeout=PATIENCE).stdout
            self.assertEqual(entries[sequence - 1], entry)

    def test_again_it_adds_what_is_new(self):
        self.ok("export-tiles", self.tiles)
        before = content_of(self.tiles)
        self.assertIn("; 0 of them are new\n", self.ok("export-tiles", self.tiles).out)
        self.assertEqual(content_of(self.tiles), before)
        self.done(*(register("acme", f"again-{i}@acme.test") for i in range(3)))
        self.assertIn("; 3 of them are new\n", self.ok("export-tiles", self.tiles).out)
        self.assertEqual(set(content_of(self.tiles)), files_of(self.assert_whole(self.tiles)))
        full = {name: content for name, content in before.items() if name.startswith("tile/") and ".p/" not in name}
        self.assertEqual(full, {name: content for name, content in content_of(self.tiles).items() if name in full})

    def test_it_is_the_log_of_its_checkpoint_whatever_is_appended_meanwhile(self):
        lines = "".join(f'{{"account":"acme","registerUser":{{"email":"meanwhile-{i}@acme.test","name":"M"}}}}\n'
                        for i in range(3_000))
        submitting = self.ledger.popen("submit", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.addCleanup(submitting.kill)
        self.addCleanup(submitting.stdin.close)
        submitting.stdin.write(lines[:len(lines) // 3])
        sizes = []
        for part in (lines[len(lines) // 3:2 * len(lines) // 3], lines[2 * len(lines) // 3:], ""):
            submitting.stdin.write(part)
            submitting.stdin.flush()
            self.ok("export-tiles", self.tiles)
            sizes.append(self.assert_whole(self.tiles))
        submitting.stdin.close()
        self.assertEqual(submitting.wait(PATIENCE), 0)
        self.settle()
        self.ok("export-tiles", self.tiles)
        self.assertEqual(self.assert_whole(self.tiles), len(self.rows("replay")))
        self.assertEqual(sizes, sorted(sizes))

    def test_a_log_without_events_has_a_checkpoint_and_no_tiles(self):
        empty = Ledger("--origin", ORIGIN)
        self.addCleanup(empty.close)
        self.assertEqual(empty.run("export-tiles", self.tiles).status, 0)
        self.assertEqual(list(content_of(self.tiles)), ["checkpoint"])
        self.assertEqual((self.tiles / "checkpoint").read_text().split("\n")[1], "0")

    def test_it_is_the_vendors(self):
        token = self.folder / "token"
        self.ok("token", "issue", "--account", "acme", "--email", "boss@acme.test", "--out", token)
        self.assertIn("role_required", self.refused(self.tiles, "--token-file", token))
        self.assertFalse(self.tiles.exists())

    def test_a_folder_of_another_log_or_of_something_else_is_not_touched(self):
        other = Ledger("--origin", ORIGIN)
        self.addCleanup(other.close)
        self.assertEqual(other.run("export-tiles", self.tiles).status, 0)
        before = content_of(self.tiles)
        self.assertIn("name a new or an empty folder", self.refused(self.tiles))
        self.assertEqual(content_of(self.tiles), before)
        (self.folder / "letter.txt").write_text("Dear Ann")
        before = content_of(self.folder)
        self.assertIn("name a new or an empty folder", self.refused(self.folder))
        self.assertEqual(content_of(self.folder), before)

    def test_a_changed_tile_is_not_gone_on_with(self):
        self.ok("export-tiles", self.tiles)
        tile = self.tiles / "tile" / "0" / "000"
        tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
        self.assertIn("the folder was changed", self.refused(self.tiles))

    def test_where_nothing_can_be_written_it_says_so(self):
        (self.folder / "file").write_text("in the way")
        self.assertIn("Not a directory", self.refused(self.folder / "file"))
        self.assertIn("Not a directory", self.refused(self.folder / "file" / "tiles"))
        self.assertIn("cannot ", self.refused("/proc/tiles"))

    def test_a_full_disk_leaves_what_was_there_and_is_gone_on_with_later(self):
        small = self.folder / "small"
        small.mkdir()
        # A file system of its own for this one process, seen by nobody else.
        script = f"""mount -t tmpfs -o size=32k none {small} || exit 77
{PROGRAM} export-tiles {small}/tiles 2>{self.folder}/error && exit 76
ls {small}/tiles >{self.folder}/left
mount -o remount,size=10m {small}
{PROGRAM} export-tiles {small}/tiles && cp -r {small}/tiles {self.folder}/later"""
        done = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", script], timeout=PATIENCE,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self.ledger.environment},
                              capture_output=True, text=True)
        if done.returncode == 77 or "unshare failed" in done.stderr or "unshare:" in done.stderr:
            self.skipTest("no file system of one's own here: " + done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        error = (self.folder / "error").read_text()
        self.assert_one_line(error)
        self.assertIn("No space left on device", error)
        self.assertNotIn("checkpoint", (self.folder / "left").read_text())
        self.assert_whole(self.folder / "later")
