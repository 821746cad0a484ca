"""Kills the real server under load, again and again, and compares what was answered with what is there.

The server gets SIGKILL at random moments. Promised is: what was answered is in the log, to the letter; no commit is
there in part; a command that is sent again with its request id is done once and only once; and the tables are those
that the log makes. CRASH_KILLS sets how often (default 50), CRASH_SEED what is drawn (default 1).
"""

import json
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
import unittest

PROGRAM = os.environ.get("SEATLEDGER", "build/seatledger")
KILLS = int(os.environ.get("CRASH_KILLS", "50"))
SEED = int(os.environ.get("CRASH_SEED", "1"))

ACCOUNTS = 4
USERS = 40
LICENSES = 200


class Server:
    """The program's `serve`, on a port of its own choice."""

    def __init__(self, data):
        self.data = data
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", data, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise AssertionError(f"the server said {line!r} and {self.process.stderr.read()!r}")
        self.address = line.split()[-1]
        # Read to the end, so that the server never waits for a reader.
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def command(self, *arguments):
        return [PROGRAM, *arguments, "--server", self.address,
                "--token-file", os.path.join(self.data, "vendor.token")]

    def run(self, *arguments, text=None):
        done = subprocess.run(self.command(*arguments), input=text, capture_output=True, text=True, timeout=120)
        if done.returncode not in (0, 3):
            raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.finish()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.finish()
        return self.process.returncode

    def finish(self):
        self.process.wait(timeout=60)
        self.reader.join(timeout=10)
        self.process.stdout.close()
        self.process.stderr.close()


def set_up():
    price = {"amount": "1.00", "currency": "USD"}
    yield {"requestId": "product", "defineProduct": {
        "sku": "seat", "name": "Seat", "type": "demo", "term": "P10Y", "unitPrice": price}}
    for number in range(ACCOUNTS):
        account = f"company-{number}"
        yield {"account": account, "requestId": "open", "openAccount": {
            "name": account, "timeZone": "UTC", "currency": "USD",
            "superAdmin": {"email": "boss@acme.test", "name": "Boss"}}}
        yield {"account": account, "requestId": "invoice", "issueInvoice": {
            "invoice": "first", "raisedBy": "boss@acme.test", "lines": [{"sku": "seat", "quantity": LICENSES}]}}
        yield {"account": account, "requestId": "payment", "recordPayment": {
            "invoice": "first", "reference": "transfer", "amount": {"amount": f"{LICENSES}.00", "currency": "USD"}}}
        for user in range(USERS):
            yield {"account": account, "requestId": f"user-{user}",
                   "registerUser": {"email": f"user-{user}@acme.test", "name": f"User {user}"}}


class Load:
    """Commands of which some are rejected, some make one event and some make several that belong together."""

    def __init__(self, rng):
        self.rng = rng
        self.made = 0

    def next(self):
        self.made += 1
        command = {"account": f"company-{self.rng.randrange(ACCOUNTS)}", "requestId": f"load-{self.made}"}
        license = self.rng.randrange(1, LICENSES + 1)
        email = f"user-{self.rng.randrange(USERS)}@acme.test"
        kind = self.rng.random()
        if kind < 0.4:
            command["bindLicense"] = {"license": license, "email": email}
        elif kind < 0.7:
            command["unbindLicense"] = {"sku": "seat", "email": email}
        elif kind < 0.85:
            command["reassignLicense"] = {"license": license, "email": email}
        else:
            rows = [{"license": self.rng.randrange(1, LICENSES + 1), "email": f"user-{user}@acme.test"}
                    for user in self.rng.sample(range(USERS), 3)]
            command["bindLicenses"] = {"rows": rows, "atomic": True}
        return command


def events_of(answer):
    """The events of an answer, those of its rows included; [] where it was rejected."""
    if "rejected" in answer or "error" in answer:
        return []
    events = list(answer.get("events") or [])
    for row in answer.get("rows") or []:
        events.extend(events_of(row))
    return events


class CrashTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="seatledger-crash-")
        self.data = os.path.join(self.directory.name, "ledger")
        self.rng = random.Random(SEED)
        self.load = Load(self.rng)
        self.answered = {}    # by account and request id: the answer
        self.unanswered = []  # commands of which nobody knows

    def tearDown(self):
        self.directory.cleanup()

    def run_load_until_killed(self, server):
        client = subprocess.Popen(server.command("submit", "-", "--format", "json"), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        sent = []
        ended = threading.Event()

        def feed():
            try:
                # What was left open is asked for again, before anything new.
                backlog, self.unanswered = self.unanswered, []
                for command in backlog:
                    sent.append(command)
                    client.stdin.write(json.dumps(command) + "\n")
                while not ended.is_set():
                    command = self.load.next()
                    sent.append(command)
                    client.stdin.write(json.dumps(command) + "\n")
                    client.stdin.flush()
                client.stdin.close()
            except (BrokenPipeError, ValueError):
                pass

        feeder = threading.Thread(target=feed)
        feeder.start()
        answers = []
        reader = threading.Thread(target=lambda: answers.extend(client.stdout))
        reader.start()
        time.sleep(self.rng.uniform(0.02, 0.4))
        server.kill()
        ended.set()
        client.wait(timeout=60)
        feeder.join(timeout=60)
        reader.join(timeout=60)
        try:
            client.stdin.close()
        except BrokenPipeError:
            pass
        client.stdout.close()
        # A line may have been cut off; it is as good as not there.
        whole = [json.loads(line) for line in answers if line.endswith("\n")]
        for command, answer in zip(sent, whole):
            self.assertNotIn("error", answer)
            self.note(command, answer)
        self.unanswered = sent[len(whole):]
        return len(whole)

    def note(self, command, answer):
        key = (command.get("account"), command["requestId"])
        events = events_of(answer)
        if key in self.answered and events_of(self.answered[key]):
            self.assertEqual(events_of(self.answered[key]), events, f"another answer to {key}")
        self.answered[key] = answer

    def compare(self, server):
        log = {event["sequence"]: event for event in server.run("replay", "--format", "json")}
        self.assertEqual(sorted(log), list(range(1, len(log) + 1)), "the log has gaps")
        commits = {}
        for sequence in sorted(log):
            event = log[sequence]
            if event["requestId"]:
                commits.setdefault((event["account"], event["requestId"]), []).append(event)
        for key, answer in self.answered.items():
            self.assertEqual(commits.get(key, []), events_of(answer), f"what was answered to {key} is not there")
        # A commit that nobody was answered is there whole or not at all.
        known = {(command["account"], command["requestId"]): command for command in self.unanswered}
        for key, events in commits.items():
            command = known.get(key)
            if command is not None:
                expected = 3 if "bindLicenses" in command else 2 if "reassignLicense" in command else 1
                self.assertEqual(len(events), expected, f"{key} is there in part")
        return len(log)

    def test_nothing_that_was_answered_is_lost(self):
        print(f"seed {SEED}, {KILLS} kills")
        server = Server(self.data)
        lines = "".join(json.dumps(command) + "\n" for command in set_up())
        for command, answer in zip(set_up(), server.run("submit", "-", "--format", "json", text=lines)):
            self.assertNotIn("rejected", answer)
            self.note(command, answer)
        answers = 0
        for kill in range(KILLS):
            answers += self.run_load_until_killed(server)
            server = Server(self.data)
            if kill % 5 == 4 or kill == KILLS - 1:
                events = self.compare(server)
        # Sent again, what nobody knew of is done now, once.
        lines = "".join(json.dumps(command) + "\n" for command in self.unanswered)
        again, self.unanswered = self.unanswered, []
        for command, answer in zip(again, server.run("submit", "-", "--format", "json", text=lines)):
            self.note(command, answer)
        events = self.compare(server)
        live = server.run("digest", "--format", "json")
        self.assertEqual(server.stop(), 0)
        done = subprocess.run([PROGRAM, "rebuild", "--data", self.data, "--format", "json"], capture_output=True,
                              text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        rebuilt = [row for row in map(json.loads, done.stdout.splitlines()) if "table" in row]
        self.assertEqual([row for row in live if "table" in row], rebuilt)
        print(f"{answers} answers, {events} events")
        self.assertGreater(answers, 0)


if __name__ == "__main__":
    unittest.main()
