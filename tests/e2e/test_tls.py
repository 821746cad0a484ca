"""TLS from outside: what README.md shows, who is believed, and where plain text is refused."""

import json
import pathlib
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from ledger import PATIENCE, PROGRAM, Ledger, LedgerTest, account, buy, product, program
from test_readme import blocks, section


def make_certificate(folder, name="server", names="IP:127.0.0.1"):
    """A certificate that is its own authority, as PEM; gives its file and that of its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                    "-days", "2", "-subj", "/CN=ledger.example.com", "-addext", f"subjectAltName={names}",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=PATIENCE)
    return certificate, key


class TlsLedger(Ledger):
    def __init__(self, certificate, key, *options):
        self.certificate = certificate
        super().__init__("--tls-cert", certificate, "--tls-key", key, *options)

    @property
    def environment(self):
        return {**super().environment, "SEATLEDGER_SERVER": f"tls://{self.address}",
                "SEATLEDGER_TLS_CA": str(self.certificate)}


class Tls(LedgerTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-tls-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.ledger = TlsLedger(*make_certificate(cls.folder))
        cls.addClassCleanup(cls.ledger.close)
        cls.done(product("seat"), account("acme"), *buy("acme", "first", "seat", 3, "30.00"))

    def assert_refused(self, result, part, status=1):
        self.assertEqual((result.status, result.out), (status, ""), result.err)
        self.assert_one_line(result.err)
        self.assertIn(part, result.err)

    def ask(self, server, *arguments):
        environment = {"SEATLEDGER_TOKEN_FILE": self.ledger.environment["SEATLEDGER_TOKEN_FILE"]}
        return program("query", "products", "--account", "acme", "--server", server, *arguments, environment=environment)

    def test_what_is_asked_is_answered(self):
        self.assertEqual([row["total"] for row in self.rows("query", "products", "--account", "acme")], [3])
        events = self.rows("replay")
        self.assertEqual([event["sequence"] for event in events], list(range(1, len(events) + 1)))
        self.assertEqual(self.rows("digest")[0].keys(), {"table", "rows", "digest"})

    def test_options_say_the_same_as_the_environment(self):
        result = self.ask(f"tls://{self.ledger.address}", "--tls-ca", self.ledger.certificate)
        self.assertEqual((result.status, result.err), (0, ""))

    def test_a_follower_sees_what_is_appended(self):
        with self.ledger.popen("replay", "--follow", "--from", "1", stdout=subprocess.PIPE) as follower:
            self.assertIn('"sequence":1,', follower.stdout.readline())
            self.done({"account": "acme", "registerUser": {"email": "late@acme.test", "name": "Late"}})
            while "late@acme.test" not in follower.stdout.readline():
                self.assertIsNone(follower.poll())
            follower.send_signal(signal.SIGINT)
            follower.stdout.read()
        self.assertEqual(follower.returncode, 0)

    def test_who_is_not_known_is_not_believed(self):
        other, _ = make_certificate(self.folder, "other")
        self.assert_refused(self.ask(f"tls://{self.ledger.address}", "--tls-ca", other), "--tls-ca")
        self.assert_refused(self.ask(f"tls://{self.ledger.address}"), "--tls-ca")

    def test_another_name_is_not_believed(self):
        port = self.ledger.address.rpartition(":")[2]
        result = self.ask(f"tls://localhost:{port}", "--tls-ca", self.ledger.certificate)
        self.assert_refused(result, "is not for localhost")

    def test_plain_text_is_told_to_speak_tls(self):
        self.assert_refused(self.ask(self.ledger.address), "tls://")

    def test_tls_is_told_of_plain_text(self):
        plain = Ledger()
        self.addCleanup(plain.close)
        result = self.ask(f"tls://{plain.address}", "--tls-ca", self.ledger.certificate)
        self.assert_refused(result, "does not speak TLS")

    def test_authorities_for_plain_text_are_wrong_usage(self):
        result = self.ask(self.ledger.address, "--tls-ca", self.ledger.certificate)
        self.assert_refused(result, "tls://", status=2)

    def test_others_see_tls(self):
        host, _, port = self.ledger.address.rpartition(":")
        context = ssl.create_default_context(cafile=self.ledger.certificate)
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as plain:
            with context.wrap_socket(plain, server_hostname=host) as encrypted:
                self.assertEqual(encrypted.version(), "TLSv1.3")
                self.assertIsNone(encrypted.compression())

    def test_who_says_nothing_in_the_handshake_holds_up_nobody(self):
        host, _, port = self.ledger.address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE):
            self.assertEqual(self.ledger.run("digest").status, 0)


class Certificates(LedgerTest):
    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-tls-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def test_sighup_has_it_read_again(self):
        certificate, key = make_certificate(self.folder)
        ledger = TlsLedger(certificate, key)
        self.addCleanup(ledger.close)
        before = shutil.copy(certificate, self.folder / "before.pem")
        self.assertEqual(ledger.run("digest").status, 0)

        make_certificate(self.folder)
        ledger.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + PATIENCE
        while ledger.run("digest").status != 0:
            self.assertLess(time.monotonic(), end)
        self.assertEqual(ledger.run("digest", "--tls-ca", before).status, 1)

        key.write_text("spoilt\n")
        ledger.process.send_signal(signal.SIGHUP)
        self.assertEqual(ledger.run("digest").status, 0)
        self.assertEqual(ledger.end(), 0)
        self.assertIn("the certificate stays what it was", (ledger.directory / "server.log").read_text())

    def test_a_key_that_others_can_read_is_refused(self):
        certificate, key = make_certificate(self.folder)
        key.chmod(0o644)
        result = program("serve", "--data", self.folder / "data", "--listen", "127.0.0.1:0", "--tls-cert", certificate,
                         "--tls-key", key)
        self.assertEqual((result.status, result.out), (1, ""))
        self.assert_one_line(result.err)
        self.assertIn("chmod", result.err)
        self.assertFalse((self.folder / "data").exists())

    def test_a_certificate_needs_its_key(self):
        for option in ("--tls-cert", "--tls-key"):
            result = program("serve", "--data", self.folder / "data", option, "file")
            self.assertEqual(result.status, 2)
            self.assert_one_line(result.err)


class PlainText(LedgerTest):
    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-plain-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.folder / "data"

    def test_is_refused_where_others_can_reach_it(self):
        for address in ("0.0.0.0:0", "[::]:0"):
            result = program("serve", "--data", self.data, "--listen", address)
            self.assertEqual((result.status, result.out), (1, ""))
            self.assert_one_line(result.err)
            for part in ("--tls-cert", "--tls-key", "--insecure"):
                self.assertIn(part, result.err)
            self.assertFalse(self.data.exists())

    def listens(self, *options):
        """Whether it comes to say so; it is ended then."""
        with subprocess.Popen([PROGRAM, "serve", "--data", self.data, *options], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True) as process:
            line = process.stdout.readline()
            process.terminate()
            process.wait(PATIENCE)
        return line.startswith("listening on ")

    def test_is_served_there_if_that_is_said(self):
        self.assertTrue(self.listens("--listen", "0.0.0.0:0", "--insecure"))

    def test_is_served_to_this_machine(self):
        self.assertTrue(self.listens("--listen", "localhost:0"))


class Readme(unittest.TestCase):
    def test_what_the_page_shows_works(self):
        (_, make), (_, serve), (_, ask) = blocks(section("Over a network"))
        folder = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-readme-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "build").mkdir()
        (folder / "seatledger").symlink_to(PROGRAM)
        subprocess.run(["bash", "-ec", make], cwd=folder, check=True, capture_output=True, timeout=PATIENCE)

        # The page's own files and a port of the test's.
        options = shlex.split(serve)
        files = [folder / options[options.index(name) + 1] for name in ("--tls-cert", "--tls-key")]
        ledger = TlsLedger(*files)
        self.addCleanup(ledger.close)
        port = ledger.address.rpartition(":")[2]
        done = ledger.run("submit", "--server", f"tls://localhost:{port}", stdin=json.dumps(account("acme")))
        self.assertEqual(done.status, 0, done.err + done.out)
        asked = subprocess.run(["bash", "-ec", f"PATH={folder}:$PATH; " + ask.replace(":7171", f":{port}")], cwd=folder,
                               env={"SEATLEDGER_TOKEN_FILE": str(ledger.data / "vendor.token"), "PATH": "/usr/bin:/bin"},
                               capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((asked.returncode, asked.stderr), (0, ""))
