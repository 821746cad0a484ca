"""A server in a directory of its own, and the program as its client."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PROGRAM = str(pathlib.Path(os.environ["SEATLEDGER"]).resolve())
FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "tools" / "fixtures"
PATIENCE = 60  # seconds: more than anything takes, even on a busy machine


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def program(*arguments, stdin="", environment=None):
    """Runs the program to its end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SEATLEDGER")}
    return Result(subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                                 env={**clean, **(environment or {})}, timeout=PATIENCE))


class Ledger:
    """A server. `options` are those of serve; it listens at a port of its own choice."""

    def __init__(self, *options):
        self.options = options
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-e2e-"))
        self.data = self.directory / "data"
        self.process = None
        self.start()

    def start(self, listen="127.0.0.1:0"):
        self.log = open(self.directory / "server.log", "a")
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", self.data, "--listen", listen, *self.options],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"the server says {line!r}; {(self.directory / 'server.log').read_text()}")
        self.address = line.removeprefix("listening on ").strip()

    def end(self, with_signal=signal.SIGTERM):
        """Gives the exit status."""
        self.process.send_signal(with_signal)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return status

    def close(self):
        if self.process:
            self.end(signal.SIGKILL)
        shutil.rmtree(self.directory)

    @property
    def environment(self):
        return {"SEATLEDGER_SERVER": self.address, "SEATLEDGER_TOKEN_FILE": str(self.data / "vendor.token")}

    def run(self, *arguments, stdin=""):
        return program(*arguments, stdin=stdin, environment=self.environment)

    def popen(self, *arguments, **options):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], text=True, env={**os.environ, **self.environment},
                                **options)


class LedgerTest(unittest.TestCase):
    """Tests that share one server, and what `set_up_ledger` did in it."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.ledger = Ledger(*cls.options)
        cls.addClassCleanup(cls.ledger.close)
        cls.set_up_ledger()

    @classmethod
    def set_up_ledger(cls):
        pass

    @classmethod
    def done(cls, *commands):
        """Submits commands, all of which must be accepted; gives the answers."""
        result = cls.ledger.run("submit", stdin="".join(json.dumps(command) + "\n" for command in commands))
        if result.status != 0:
            raise AssertionError(f"status {result.status}: {result.err}{result.out}")
        return result.lines

    @classmethod
    def settle(cls):
        """Waits until every letter has been sent that was queued: then nothing is appended unasked any more."""
        until = time.monotonic() + PATIENCE
        while True:
            names = [event_name(event) for event in cls.ledger.run("replay").lines]
            if names.count("notificationSent") == names.count("notificationQueued"):
                return
            if time.monotonic() > until:
                raise AssertionError("letters are not sent")
            time.sleep(0.05)

    def ok(self, *arguments):
        """Runs a subcommand that must succeed without a word on stderr."""
        result = self.ledger.run(*arguments)
        self.assertEqual((result.status, result.err), (0, ""), result.out)
        return result

    def rows(self, *arguments):
        return self.ok(*arguments).lines

    def assert_one_line(self, text):
        self.assertEqual(text.count("\n"), 1, text)
        self.assertTrue(text.endswith("\n"), text)


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def product(sku, **fields):
    return {"defineProduct": {"sku": sku, "name": sku.title(), "type": "seat", "term": "P1Y", "unitPrice": usd("10.00"),
                              **fields}}


def account(name, **fields):
    return {"account": name, "openAccount": {"name": name.title(),
                                             "superAdmin": {"email": f"boss@{name}.test", "name": "Bea Boss"}, **fields}}


def register(name, email):
    return {"account": name, "registerUser": {"email": email, "name": email.split("@")[0].title()}}


def buy(name, invoice, sku, quantity, total):
    """An invoice and its payment."""
    lines = [{"sku": sku, "quantity": quantity}]
    return [{"account": name, "issueInvoice": {"invoice": invoice, "raisedBy": f"boss@{name}.test", "lines": lines}},
            {"account": name, "recordPayment": {"invoice": invoice, "reference": f"bank-{invoice}",
                                                "amount": usd(total)}}]


def at(instant, *commands):
    """The commands as of an instant."""
    return [{"at": instant, **command} for command in commands]


def event_name(event):
    """An event's type is the key that stands last."""
    return list(event)[-1]
