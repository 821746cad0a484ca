"""The tables can be made anew at any time, in the server and without it, and are the same."""

import shutil
import signal

from ledger import Ledger, LedgerTest, account, buy, product, register


class Tables(LedgerTest):
    @classmethod
    def set_up_ledger(cls):
        cls.done(product("connect"), account("acme"), *(register("acme", f"u-{i}@acme.test") for i in range(50)),
                 *buy("acme", "a-1", "connect", 100, "1000.00"),
                 *({"account": "acme", "bindLicense": {"sku": "connect", "email": f"u-{i}@acme.test"}}
                   for i in range(50)))
        cls.settle()

    def setUp(self):
        if self.ledger.process is None:
            self.ledger.start()

    def test_a_rebuild_gives_the_tables_that_were_there(self):
        digests = self.rows("digest")
        self.assertGreater(len(digests), 3)
        for row in digests:
            self.assertEqual(list(row), ["table", "rows", "digest"])
            self.assertRegex(row["digest"], "^[0-9a-f]{64}$")
        *rebuilt, speed = self.rows("rebuild")
        self.assertEqual(rebuilt, digests)
        self.assertEqual(list(speed), ["events", "seconds", "eventsPerSecond"])
        self.assertEqual(speed["events"], self.rows("replay")[-1]["sequence"])
        self.assertEqual(self.rows("digest"), digests)

    def test_a_directory_that_a_server_holds_is_left_alone(self):
        for command in ("rebuild", "digest"):
            result = self.ledger.run(command, "--data", self.ledger.data)
            self.assertEqual((result.status, result.out), (1, ""))
            self.assertIn(str(self.ledger.process.pid), result.err)
            self.assert_one_line(result.err)

    def test_offline_it_is_the_same(self):
        digests = self.rows("digest")
        self.assertEqual(self.ledger.end(), 0)
        self.assertEqual(self.rows("digest", "--data", self.ledger.data), digests)
        self.assertEqual(self.rows("rebuild", "--data", self.ledger.data)[:-1], digests)
        self.assertEqual(self.rows("digest", "--data", self.ledger.data), digests)
        self.ledger.start()
        self.assertEqual(self.rows("digest"), digests)

    def test_tables_may_be_deleted(self):
        digests = self.rows("digest")
        self.ledger.end()
        shutil.rmtree(self.ledger.data / "projections")
        self.ledger.start()
        self.assertEqual(self.rows("digest"), digests)

    def test_tables_may_be_behind(self):
        """They are written without sync: what was lost is made again from the log."""
        self.done(register("acme", "late@acme.test"))
        digests = self.rows("digest")
        self.ledger.end(signal.SIGKILL)
        self.assertEqual(self.rows("digest", "--data", self.ledger.data), digests)

    def test_where_there_is_no_ledger(self):
        nothing = self.ledger.directory / "nothing"
        result = self.ledger.run("rebuild", "--data", nothing)
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn(str(nothing), result.err)
        self.assert_one_line(result.err)
        self.assertFalse(nothing.exists())


class Restart(LedgerTest):
    def test_everything_is_kept(self):
        self.done(product("connect"), account("acme"), register("acme", "ann@acme.test"),
                  *buy("acme", "a-1", "connect", 2, "20.00"))
        command = {"account": "acme", "requestId": "bind-1",
                   "bindLicense": {"sku": "connect", "email": "ann@acme.test"}}
        answer = self.done(command)[0]
        self.settle()
        events = self.rows("replay")
        licenses = self.rows("query", "licenses", "--account", "acme")
        for with_signal in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
            self.ledger.end(with_signal)
            self.ledger.start()
            self.assertEqual(self.done(command)[0], {**answer, "replayed": True})
            self.assertEqual(self.rows("replay"), events)
            self.assertEqual(self.rows("query", "licenses", "--account", "acme"), licenses)

    def test_a_clean_end_has_status_0(self):
        ledger = Ledger()
        self.addCleanup(ledger.close)
        self.assertEqual(ledger.end(signal.SIGTERM), 0)
        ledger.start()
        self.assertEqual(ledger.end(signal.SIGINT), 0)
        self.assertEqual((ledger.data / "vendor.token").stat().st_mode & 0o777, 0o600)
