"""Events as they happen, and readers who leave."""

import json
import signal
import subprocess

from ledger import PATIENCE, LedgerTest, account, register


class Streams(LedgerTest):
    @classmethod
    def set_up_ledger(cls):
        cls.done(account("acme"), account("globex"),
                 *(register("acme", f"user-{i}@acme.test") for i in range(2_000)))

    def follow(self, *arguments):
        process = self.ledger.popen("replay", "--follow", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def test_what_is_appended_is_told(self):
        last = self.rows("replay")[-1]["sequence"]
        process = self.follow("--account", "acme", "--from", last + 1)
        for i in range(3):
            self.done(register("globex", f"followed-{i}@globex.test"), register("acme", f"followed-{i}@acme.test"))
            event = json.loads(process.stdout.readline())
            self.assertEqual(event["userRegistered"]["email"], f"followed-{i}@acme.test")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual((process.stdout.read(), process.stderr.read()), ("", ""))

    def test_sigterm_ends_it_too(self):
        process = self.follow()
        self.assertEqual(json.loads(process.stdout.readline())["sequence"], 1)
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_following_to_an_event_ends_there(self):
        last = self.rows("replay")[-1]["sequence"]
        process = self.follow("--from", last, "--to", last + 1)
        self.assertEqual(json.loads(process.stdout.readline())["sequence"], last)
        self.done(register("acme", "the-last@acme.test"))
        self.assertEqual(json.loads(process.stdout.readline())["sequence"], last + 1)
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_a_follower_ends_when_its_reader_does(self):
        last = self.rows("replay")[-1]["sequence"]
        process = self.follow("--from", last)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(process.stderr.read(), "")

    def test_a_reader_who_has_seen_enough_is_no_failure(self):
        process = self.ledger.popen("replay", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(process.stderr.read(), "")
        process.stderr.close()

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w") as full:
            process = self.ledger.popen("replay", stdout=full, stderr=subprocess.PIPE)
            error = process.communicate(timeout=PATIENCE)[1]
        self.assertEqual(process.returncode, 1)
        self.assert_one_line(error)
