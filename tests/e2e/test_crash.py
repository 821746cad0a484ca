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
import threading
import time
import unittest

from ledger import Ledger, account, buy, product, program, register

KILLS = int(os.environ.get("CRASH_KILLS", "50"))
SEED = int(os.environ.get("CRASH_SEED", "1"))

ACCOUNTS = 4
USERS = 40
LICENSES = 200


def company(number):
    return f"company-{number}"


def user(number):
    return f"user-{number}@acme.test"


def set_up():
    commands = [product("seat", term="P10Y")]
    for number in range(ACCOUNTS):
        name = company(number)
        commands += [account(name), *buy(name, "first", "seat", LICENSES, f"{LICENSES * 10}.00")]
        commands += [register(name, user(index)) for index in range(USERS)]
    return [{**command, "requestId": f"set-up-{index}"} for index, command in enumerate(commands)]


class Load:
    """Commands of which some are rejected, some make one event and some make several that belong together."""

    def __init__(self, rng):
        self.rng = rng
        self.made = 0

    def next(self):
        self.made += 1
        command = {"account": company(self.rng.randrange(ACCOUNTS)), "requestId": f"load-{self.made}"}
        license = self.rng.randrange(1, LICENSES + 1)
        email = user(self.rng.randrange(USERS))
        kind = self.rng.random()
        if kind < 0.4:
            command["bindLicense"] = {"license": license, "email": email}
        elif kind < 0.7:
            command["unbindLicense"] = {"sku": "seat", "email": email}
        elif kind < 0.85:
            command["reassignLicense"] = {"license": license, "email": email}
        else:
            rows = [{"license": self.rng.randrange(1, LICENSES + 1), "email": user(number)}
                    for number in self.rng.sample(range(USERS), 3)]
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
        self.ledger = Ledger()
        self.addCleanup(self.ledger.close)
        self.rng = random.Random(SEED)
        self.load = Load(self.rng)
        self.answered = {}    # by account and request id: the answer
        self.unanswered = []  # commands of which nobody knows

    def run_load_until_killed(self):
        client = self.ledger.popen("submit", "-", "--format", "json", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
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
        self.ledger.end(signal.SIGKILL)
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

    def submit(self, commands):
        result = self.ledger.run("submit", "--format", "json",
                                 stdin="".join(json.dumps(command) + "\n" for command in commands))
        self.assertIn(result.status, (0, 3), result.err)
        return zip(commands, result.lines)

    def compare(self):
        replay = self.ledger.run("replay", "--format", "json")
        self.assertEqual(replay.status, 0, replay.err)
        log = {event["sequence"]: event for event in replay.lines}
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
        print(f"seed {SEED}, {KILLS} kills", flush=True)
        for command, answer in self.submit(set_up()):
            self.assertNotIn("rejected", answer)
            self.note(command, answer)
        answers = 0
        for kill in range(1, KILLS + 1):
            answers += self.run_load_until_killed()
            self.ledger.start()
            if kill % 5 == 0 or kill == KILLS:
                self.compare()
        # Sent again, what nobody knew of is done now, once.
        again, self.unanswered = self.unanswered, []
        for command, answer in self.submit(again):
            self.note(command, answer)
        events = self.compare()
        live = self.ledger.run("digest", "--format", "json").lines
        self.assertEqual(self.ledger.end(), 0)
        rebuilt = program("rebuild", "--data", self.ledger.data, "--format", "json")
        self.assertEqual(rebuilt.status, 0, rebuilt.err)
        self.assertEqual([row for row in live if "table" in row], [row for row in rebuilt.lines if "table" in row])
        print(f"{answers} answers, {events} events", flush=True)
        self.assertGreater(answers, 0)


if __name__ == "__main__":
    unittest.main()
