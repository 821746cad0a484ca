"""Following over lost connections and restarts: every event once, none left out, and nobody held up."""

import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
import unittest

from ledger import PATIENCE, Ledger, account, buy, product, register

SEED = int(os.environ.get("FOLLOW_SEED", "1"))
KILLS = int(os.environ.get("FOLLOW_KILLS", "4"))
LICENSES = 50


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Follower:
    """A subcommand with --follow, whose output is collected as it comes."""

    def __init__(self, ledger, *arguments):
        self.process = ledger.popen(*arguments, "--follow", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines = []
        self.told = []
        self.threads = [threading.Thread(target=self.collect, args=pair)
                        for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.told))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def collect(stream, into):
        for line in stream:
            into.append(line)

    @property
    def events(self):
        return [json.loads(line) for line in list(self.lines)]

    @property
    def connections(self):
        return 1 + sum(line.startswith("connected to ") for line in list(self.told))

    def wait_for(self, enough):
        until = time.monotonic() + PATIENCE
        while not enough(self.events):
            if time.monotonic() > until or self.process.poll() is not None:
                raise AssertionError(f"it does not come: status {self.process.poll()}, {self.told[-3:]}, "
                                     f"{len(self.lines)} lines")
            time.sleep(0.05)

    def end(self, with_signal=signal.SIGTERM):
        """Gives the exit status."""
        if with_signal:
            self.process.send_signal(with_signal)
        status = self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def abandon(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.end(signal.SIGKILL)


class Following(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger()
        self.addCleanup(self.ledger.close)
        self.rng = random.Random(SEED)
        commands = [product("seat", term="P10Y"), account("acme"), account("globex"),
                    *buy("acme", "first", "seat", LICENSES, f"{LICENSES * 10}.00"),
                    *(register("acme", f"user-{number}@acme.test") for number in range(10))]
        self.submit(commands)

    def submit(self, commands):
        result = self.ledger.run("submit", stdin="".join(json.dumps(command) + "\n" for command in commands))
        self.assertIn(result.status, (0, 3), result.err)

    def follower(self, *arguments):
        follower = Follower(self.ledger, *arguments)
        self.addCleanup(follower.abandon)
        return follower

    def load(self):
        license = self.rng.randrange(1, LICENSES + 1)
        email = f"user-{self.rng.randrange(10)}@acme.test"
        kind = self.rng.random()
        if kind < 0.2:
            number = self.rng.randrange(1_000_000)
            return register("globex", f"user-{number}@globex.test")
        if kind < 0.6:
            return {"account": "acme", "bindLicense": {"license": license, "email": email}}
        return {"account": "acme", "unbindLicense": {"license": license}}

    def restart(self):
        """Where it was before."""
        self.ledger.start(self.ledger.address)

    def submit_until_killed(self):
        """A stream of commands, in the middle of which the server dies."""
        client = self.ledger.popen("submit", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        ended = threading.Event()

        def feed():
            try:
                while not ended.is_set():
                    client.stdin.write(json.dumps(self.load()) + "\n")
                    client.stdin.flush()
            except (BrokenPipeError, ValueError):
                pass

        feeder = threading.Thread(target=feed)
        feeder.start()
        time.sleep(self.rng.uniform(0.1, 0.5))
        self.ledger.end(signal.SIGKILL)
        ended.set()
        client.wait(PATIENCE)
        feeder.join(PATIENCE)
        try:
            client.stdin.close()
        except BrokenPipeError:
            pass

    def rows(self, *arguments):
        result = self.ledger.run(*arguments)
        self.assertEqual((result.status, result.err), (0, ""))
        return result.lines

    def test_every_event_once_over_kills_and_restarts(self):
        print(f"seed {SEED}, {KILLS} kills", flush=True)
        questions = [("replay",), ("replay", "--account", "acme"),
                     ("history", "--account", "acme", "--email", "user-3@acme.test"),
                     ("history", "--account", "acme", "--license", "7"),
                     ("history", "--account", "acme", "--actor", "vendor")]
        followers = [self.follower(*question) for question in questions]
        for kill in range(KILLS):
            for follower in followers:
                follower.wait_for(lambda events: events and follower.connections > kill)
            self.submit_until_killed()
            time.sleep(self.rng.uniform(0, 0.3))
            self.restart()
        self.submit([self.load() for _ in range(20)]
                    + [{"account": "acme", "unbindLicense": {"license": number}} for number in range(1, LICENSES + 1)]
                    + [{"account": "acme", "bindLicense": {"license": 7, "email": "user-3@acme.test"}}])
        self.assertEqual([event["sequence"] for event in self.rows("replay")],
                         list(range(1, len(self.rows("replay")) + 1)))
        for question, follower in zip(questions, followers):
            with self.subTest(question):
                whole = self.rows(*question)
                follower.wait_for(lambda events: events and events[-1]["sequence"] >= whole[-1]["sequence"])
                self.assertEqual(follower.end(), 0)
                self.assertEqual(follower.events[:len(whole)], whole)
                lost = [line for line in follower.told if "; connecting again, to go on behind event" in line]
                self.assertEqual((len(lost), follower.connections), (KILLS, KILLS + 1), follower.told)

    def test_a_server_that_is_stopped_in_order_is_waited_for(self):
        followers = [self.follower("replay"), self.follower("history", "--account", "acme", "--license", "7")]
        for follower in followers:
            follower.wait_for(lambda events: len(events) > 0)
        time.sleep(0.5)  # until they wait for what is not there yet
        begin = time.monotonic()
        self.assertEqual(self.ledger.end(), 0)
        self.assertLess(time.monotonic() - begin, 4)  # nobody who waits holds up the end
        time.sleep(1)
        self.restart()
        self.submit([{"account": "acme", "bindLicense": {"license": 7, "email": "user-3@acme.test"}}])
        for follower in followers:
            follower.wait_for(lambda events: "licenseBound" in events[-1])
            self.assertEqual(follower.end(), 0)
            self.assertTrue(any("the server is stopping" in line for line in follower.told), follower.told)

    def test_it_ends_while_it_waits_for_a_server(self):
        follower = self.follower("replay")
        follower.wait_for(lambda events: len(events) > 0)
        self.ledger.end(signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        while not follower.told and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(follower.end(signal.SIGINT), 0)
        self.assertEqual(len(follower.told), 1, follower.told)

    def test_what_another_connection_does_not_mend_ends_it(self):
        for arguments, part in ((("replay", "--account", "acmee"), "no account acmee"),
                                (("history", "--account", "acme", "--license", "999"), "no license 999"),
                                (("history", "--account", "acmee", "--license", "1"), "no account acmee"),
                                (("replay", "--server", f"127.0.0.1:{free_port()}"), "cannot connect")):
            result = self.ledger.run(*arguments, "--follow")
            self.assertEqual((result.status, result.out), (1, ""))
            self.assertEqual(result.err.count("\n"), 1)
            self.assertIn(part, result.err)

    def test_a_token_that_is_revoked_ends_it(self):
        token = self.ledger.directory / "program.token"
        issued = self.rows("token", "issue", "--role", "auditor", "--account", "acme", "--out", token)[0]
        for arguments in (("replay", "--account", "acme"), ("history", "--account", "acme", "--license", "7")):
            follower = self.follower(*arguments, "--token-file", token)
            follower.wait_for(lambda events: len(events) > 0)
            self.addCleanup(follower.abandon)
            if arguments[0] == "replay":
                first = follower
        self.rows("token", "revoke", issued["number"])
        for one in (first, follower):
            self.assertEqual(one.end(None), 1)
            self.assertIn("token", one.told[-1])

    def test_another_log_is_not_gone_on_with(self):
        follower = self.follower("replay")
        follower.wait_for(lambda events: len(events) > 5)
        self.ledger.end(signal.SIGKILL)
        token = self.ledger.data / "vendor.token"
        vendor = token.read_bytes()
        self.ledger.data.rename(self.ledger.directory / "old")
        self.ledger.data.mkdir(mode=0o700)
        token.touch(mode=0o600)
        token.write_bytes(vendor)
        self.restart()
        self.assertEqual(follower.end(None), 1)
        self.assertIn("is it another ledger", follower.told[-1])

    def test_a_reader_that_stands_still_holds_up_nobody(self):
        followers = [self.follower("replay"), self.follower("history", "--account", "acme", "--actor", "vendor")]
        for follower in followers:
            follower.wait_for(lambda events: len(events) > 0)
            follower.process.send_signal(signal.SIGSTOP)
        # Some megabytes: more than what lies on the way to a reader.
        note = "x" * 20_000
        commands = [{"account": "acme", "savePhone": {"email": "user-1@acme.test", "config": json.dumps(note)}}
                    for _ in range(20)]
        self.submit([{"defineProduct": {"sku": "phone", "name": "Phone", "type": "seat", "term": "P1Y",
                                        "unitPrice": {"amount": "10.00", "currency": "USD"}, "keepsPhone": True}},
                     *buy("acme", "phones", "phone", 1, "10.00"),
                     {"account": "acme", "bindLicense": {"sku": "phone", "email": "user-1@acme.test"}}])
        slowest = 0
        for _ in range(40):
            begin = time.monotonic()
            self.submit(commands)
            slowest = max(slowest, time.monotonic() - begin)
        self.assertLess(slowest, 10)
        whole = self.rows("replay")
        self.assertGreater(len(whole), 800)
        for follower in followers:
            follower.process.send_signal(signal.SIGCONT)
        for follower, arguments in zip(followers, (("replay",), ("history", "--account", "acme", "--actor", "vendor"))):
            expected = self.rows(*arguments)
            follower.wait_for(lambda events: len(events) >= len(expected))
            self.assertEqual(follower.end(), 0)
            self.assertEqual(follower.events[:len(expected)], expected)


if __name__ == "__main__":
    unittest.main()
