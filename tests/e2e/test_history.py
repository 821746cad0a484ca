"""Histories: of what, which part, in which order, and in which form."""

import csv
import io
import json

from ledger import Ledger, LedgerTest, account, at, buy, event_name, product, register


def acme(**command):
    return {"account": "acme", **command}


class History(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        cls.done(*at("2026-01-01T09:00:00Z", product("connect"), account("acme", timeZone="Europe/Berlin"),
                     register("acme", "ann@acme.test"), register("acme", "=cmd@acme.test")),
                 *at("2026-01-02T09:00:00Z", *buy("acme", "i-1", "connect", 5, "50.00")))
        cls.settle()
        boss = {"actor": "boss@acme.test"}
        rows = [{"license": 2, "email": "ann@acme.test"}, {"license": 3, "email": "=cmd@acme.test"}]
        cls.done(*at("2026-01-03T09:00:00Z",
                     acme(**boss, requestId="r-1", bindLicense={"license": 1, "email": "ann@acme.test"}),
                     acme(unbindLicense={"license": 1})),
                 *at("2026-01-04T09:00:00Z", acme(requestId="many", bindLicenses={"rows": rows})),
                 *at("2026-01-05T09:00:00Z",
                     acme(**boss, addCard={"token": "tok-1", "last4": "4242", "expires": "2027-05"}),
                     acme(**boss, requestLicenses={"sku": "connect", "quantity": 1}),
                     acme(**boss, cancelOrder={"order": 1})))

    def sequences(self, *arguments):
        return [event["sequence"] for event in self.rows(*arguments, "--account", "acme")]

    def test_of_requests_and_orders(self):
        event, = self.rows("history", "--account", "acme", "--request", "r-1")
        self.assertEqual(event["licenseBound"]["license"], 1)
        many = self.rows("history", "--account", "acme", "--request", "many")
        self.assertEqual([event["requestId"] for event in many], ["many/1", "many/2"])
        self.assertEqual(self.sequences("history", "--request", "many/2"), [many[1]["sequence"]])
        order = self.rows("history", "--account", "acme", "--order", "1")
        self.assertEqual([event_name(event) for event in order], ["licensesRequested", "orderCancelled"])
        unknown = self.ledger.run("history", "--account", "acme", "--request", "r-9")
        self.assertEqual((unknown.status, unknown.out), (1, ""))
        self.assert_one_line(unknown.err)
        self.assertIn("no events of request r-9", unknown.err)

    def test_backwards_with_a_limit_and_where_to_go_on(self):
        for read in (("history", "--email", "ann@acme.test"), ("history", "--actor", "vendor"), ("replay",)):
            with self.subTest(read):
                whole = self.sequences(*read)
                self.assertGreater(len(whole), 3)
                self.assertEqual(self.sequences(*read, "--backwards"), whole[::-1])
                found, to = [], []
                while True:
                    page = self.ledger.run(*read, "--account", "acme", "--backwards", "--limit", 2, *to)
                    self.assertEqual(page.status, 0)
                    found += [event["sequence"] for event in page.lines]
                    if not page.err:
                        break
                    to = ["--to", json.loads(page.err)["to"]]
                self.assertEqual(found, whole[::-1])

    def test_the_whole_log_backwards(self):
        whole = self.rows("replay")
        self.assertEqual(self.rows("replay", "--backwards"), whole[::-1])
        self.assertEqual(self.rows("replay", "--backwards", "--from", 3, "--to", 9), whole[2:9][::-1])
        found, to = [], []
        while True:
            page = self.ledger.run("replay", "--backwards", "--limit", 3, *to)
            self.assertEqual(page.status, 0)
            found += page.lines
            if not page.err:
                break
            to = ["--to", json.loads(page.err)["to"]]
        self.assertEqual(found, whole[::-1])

    def test_forwards_with_a_limit_and_where_to_go_on(self):
        for read in (("history", "--account", "acme", "--actor", "vendor"), ("replay", "--account", "acme"), ("replay",)):
            with self.subTest(read):
                whole = self.rows(*read)
                found, start = [], []
                while True:
                    page = self.ledger.run(*read, "--limit", 3, *start)
                    found += page.lines
                    if not page.err:
                        break
                    start = ["--from", json.loads(page.err)["from"]]
                self.assertEqual(found, whole)

    def test_between_instants(self):
        for read in (("history", "--actor", "vendor"), ("replay",)):
            for backwards in ((), ("--backwards",)):
                with self.subTest((read, backwards)):
                    whole = self.rows(*read, "--account", "acme", *backwards)
                    start, end = "2026-01-02T09:00:00.000000Z", "2026-01-04T09:00:00.000000Z"
                    self.assertEqual(
                        self.rows(*read, "--account", "acme", *backwards, "--from", start, "--to", end),
                        [event for event in whole if start <= event["effectiveAt"] <= end])
                    self.assertEqual(
                        self.rows(*read, "--account", "acme", *backwards, "--from", "2026-01-03T10:00:00+01:00"),
                        [event for event in whole if "2026-01-03T09:00:00.000000Z" <= event["effectiveAt"]])
        log = self.rows("replay")
        self.assertEqual(self.rows("replay", "--to", "2026-01-01T23:00:00Z"),
                         [event for event in log if event["effectiveAt"] < "2026-01-02"])

    def test_limits_within_one_block_and_by_what_was_known_agree_backwards_and_forwards(self):
        # One submit is one block, which none of the limits ends with.
        ledger = Ledger("--clock", "manual")
        self.addCleanup(ledger.close)
        lines = [{"at": "2026-01-01T00:00:00Z", **account("acme")}]
        lines += [{"at": f"2026-01-0{day}T00:00:00Z", **register("acme", f"p{day}@acme.test")} for day in range(2, 10)]
        submitted = ledger.run("submit", stdin="".join(json.dumps(line) + "\n" for line in lines))
        self.assertEqual(submitted.status, 0, submitted.out)
        day = "2026-01-0{}T00:00:00Z".format
        for limits in (("--to", day(5), "--as-of-sequence", 9), ("--to", day(5), "--known-at", day(7)),
                       ("--from", day(5), "--as-of-sequence", 9), ("--from", day(5), "--as-of", day(7)),
                       ("--from", day(3), "--to", day(6), "--known-at", day(5))):
            with self.subTest(limits):
                forwards = [event["sequence"] for event in ledger.run("replay", "--account", "acme", *limits).lines]
                self.assertGreater(len(forwards), 1)
                for read in (("replay",), ("history", "--actor", "vendor")):
                    backwards = ledger.run(*read, "--account", "acme", "--backwards", *limits).lines
                    self.assertEqual([event["sequence"] for event in backwards], forwards[::-1])

    def test_wrong_usage(self):
        for arguments, part in (
                (("history", "--account", "acme", "--license", "1", "--from", "soon"), "--from: 'soon' is neither"),
                (("replay", "--to", "0"), "--to: '0' is neither"),
                (("replay", "--from", "5", "--to", "4"), "lies before"),
                (("replay", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"), "lies before"),
                (("replay", "--backwards", "--follow"), "has no end"),
                (("replay", "--account", "acme", "--backwards", "--follow"), "has no end"),
                (("replay", "--follow", "--to", "2026-01-01T00:00:00Z"), "has no end"),
                (("history", "--account", "acme", "--license", "1", "--follow", "--backwards"), "has no end"),
                (("history", "--account", "acme"), "--request"),
                (("query", "users", "--account", "acme", "--format", "cloudevents"), "--format")):
            with self.subTest(arguments):
                result = self.ledger.run(*arguments)
                self.assertEqual((result.status, result.out), (2, ""))
                self.assert_one_line(result.err)
                self.assertIn(part, result.err)

    def test_prose(self):
        out = self.ok("history", "--account", "acme", "--license", "1", "--format", "table").out
        issued, bound, unbound = self.rows("history", "--account", "acme", "--license", "1")
        paid = issued["sequence"] - 1
        self.assertEqual(out, f"""\
2026-01-02 09:00:00Z (10:00:00 Europe/Berlin)  event {issued["sequence"]}
    The vendor issued licenses 1 to 5 (connect) for line 1 of invoice i-1, valid from 2026-01-02 09:00:00Z until \
2027-01-02 09:00:00Z.
    It goes back to payment bank-i-1 of invoice i-1 (event {paid}).
2026-01-03 09:00:00Z (10:00:00 Europe/Berlin)  event {bound["sequence"]}, request r-1
    The vendor in the name of boss@acme.test bound license 1 (connect) to ann@acme.test.
    It goes back to payment bank-i-1 of invoice i-1 (event {paid}).
2026-01-03 09:00:00Z (10:00:00 Europe/Berlin)  event {unbound["sequence"]}
    The vendor took license 1 (connect) from ann@acme.test.
    It goes back to payment bank-i-1 of invoice i-1 (event {paid}).
""")
        limited = self.ledger.run("history", "--account", "acme", "--license", "1", "--format", "table", "--limit", "1")
        self.assertEqual(limited.err, f"more events: --from {bound['sequence']}\n")

    def test_a_member_reads_of_the_invoice_and_not_of_the_payment(self):
        token = self.ledger.directory / "ann.token"
        self.rows("token", "issue", "--account", "acme", "--email", "ann@acme.test", "--out", token)
        out = self.ok("history", "--account", "acme", "--email", "ann@acme.test", "--token-file", token,
                      "--format", "table").out
        self.assertIn("bound license 1 (connect) to ann@acme.test", out)
        self.assertIn("It goes back to invoice i-1.", out)
        self.assertNotIn("bank-i-1", out)

    def test_cloudevents(self):
        for read in (("history", "--account", "acme", "--license", "1"), ("replay",),
                     ("replay", "--account", "acme", "--backwards")):
            with self.subTest(read):
                plain = self.rows(*read)
                cloud = self.rows(*read, "--format", "cloudevents")
                self.assertEqual(len({(event["source"], event["id"]) for event in cloud}), len(plain))
                origins = set()
                for event, shown in zip(plain, cloud, strict=True):
                    name = event_name(event)
                    self.assertEqual((shown["specversion"], shown["id"], shown["type"]),
                                     ("1.0", str(event["sequence"]), f"ledger.{name}"))
                    self.assertEqual((shown["time"], shown["recordedat"]), (event["effectiveAt"], event["recordedAt"]))
                    self.assertEqual((shown["datacontenttype"], shown["data"]), ("application/json", event[name]))
                    self.assertEqual(shown.get("requestid"), event["requestId"])
                    self.assertEqual(shown.get("actor"), event["actor"])
                    for attribute in shown:
                        self.assertRegex(attribute, "^[a-z0-9]{1,20}$")
                    origin, stream = shown["source"].split("/", 1)
                    origins.add(origin)
                    self.assertEqual(stream, f"accounts/{event['account']}" if event["account"] else "catalog")
                self.assertEqual(len(origins), 1)

    def test_csv(self):
        text = self.ok("history", "--account", "acme", "--email", "=cmd@acme.test", "--format", "csv").out
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        events = self.rows("history", "--account", "acme", "--email", "=cmd@acme.test")
        self.assertEqual(list(rows[0]), ["sequence", "account", "recordedAt", "effectiveAt", "actor", "via", "requestId",
                                         "corrects", "event", "details"])
        for row, event in zip(rows, events, strict=True):
            self.assertEqual(row["event"], event_name(event))
            self.assertEqual(json.loads(row["details"]), event[row["event"]])
            self.assertEqual((row["sequence"], row["effectiveAt"]), (str(event["sequence"]), event["effectiveAt"]))
