"""What an administrator does in the portal, and what can be read of it, now and as of any earlier time."""

import csv
import io
import json

from ledger import LedgerTest, account, at, buy, event_name, product, register, usd

MICROSECOND_BEFORE_BIND = "2026-01-10T11:59:59.999999Z"
BIND = "2026-01-10T12:00:00.000000Z"
UNBIND = "2026-01-20T12:00:00.000000Z"
BIND_AGAIN = "2026-01-20T13:00:00.000000Z"
PAID = "2026-01-06T10:00:00.000000Z"
ENDS = "2027-01-06T10:00:00.000000Z"

LICENSE_FIELDS = "license sku product type status email invoice validFrom validUntil".split()
PRODUCT_FIELDS = "sku name type features total available bound expired revoked unitPrice term billing keepsPhone offered"


def bind(license, email):
    return {"account": "acme", "actor": "boss@acme.test", "bindLicense": {"license": license, "email": email}}


class PortalSession(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        cls.done(*at("2026-01-04T09:00:00Z",
                     product("connect", name="Connect Standard", type="phone", features=["calls"],
                             unitPrice=usd("240.00")),
                     product("contact", name="Contact Center", term="P6M", unitPrice=usd("390.00"))))
        cls.done(*at("2026-01-05T09:00:00Z", account("acme", timeZone="Europe/Berlin"),
                     register("acme", "ann@acme.test"), register("acme", "bob@acme.test")))
        cls.paid = cls.done(*at(PAID, *buy("acme", "a-1", "connect", 5, "1200.00"),
                                *buy("acme", "a-2", "contact", 2, "780.00")))
        cls.bound = cls.done(*at(BIND, bind(1, "ann@acme.test")))[0]
        cls.unbound = cls.done(*at(UNBIND, {"account": "acme", "unbindLicense": {"license": 1}}))[0]
        cls.bound_again = cls.done(*at(BIND_AGAIN, bind(1, "bob@acme.test")))[0]
        cls.settle()

    def test_an_answer_has_its_events(self):
        self.assertEqual(self.bound, {"sequence": self.bound["sequence"], "events": [{
            "sequence": self.bound["sequence"], "account": "acme", "recordedAt": BIND, "effectiveAt": BIND,
            "actor": "boss@acme.test", "via": "vendor", "requestId": None, "corrects": None,
            "licenseBound": {"license": 1, "sku": "connect", "email": "ann@acme.test"}}]})

    def test_the_payment_issues_the_licenses(self):
        self.assertEqual([event_name(event) for event in self.paid[1]["events"]],
                         ["invoicePaid", "licensesIssued", "notificationQueued"])
        issued = self.paid[1]["events"][1]["licensesIssued"]
        self.assertEqual((issued["first"], issued["quantity"]), (1, 5))
        self.assertEqual((issued["validFrom"], issued["validUntil"]), (PAID, ENDS))

    def test_an_unbind_says_what_is_still_billed(self):
        self.assertEqual(self.unbound["stillBilled"], [])
        self.assertIsNone(self.unbound["phoneKeptUntil"])

    def test_products_are_counted(self):
        rows = {row["sku"]: row for row in self.rows("query", "products", "--account", "acme")}
        self.assertEqual(rows["connect"], {"sku": "connect", "name": "Connect Standard", "type": "phone",
                                           "features": ["calls"], "total": 5, "available": 4, "bound": 1,
                                           "expired": 0, "revoked": 0, "unitPrice": usd("240.00"), "term": "P1Y",
                                           "billing": "purchased", "keepsPhone": False, "offered": True})
        self.assertEqual(list(rows["contact"]), PRODUCT_FIELDS.split())
        self.assertEqual((rows["contact"]["total"], rows["contact"]["available"]), (2, 2))
        only = self.rows("query", "products", "--account", "acme", "--type", "phone")
        self.assertEqual([row["sku"] for row in only], ["connect"])

    def test_licenses_are_filtered(self):
        def numbers(*filters):
            return [row["license"] for row in self.rows("query", "licenses", "--account", "acme", *filters)]

        self.assertEqual(numbers(), [1, 2, 3, 4, 5, 6, 7])
        self.assertEqual(numbers("--status", "bound"), [1])
        self.assertEqual(numbers("--status", "available", "--sku", "connect"), [2, 3, 4, 5])
        self.assertEqual(numbers("--email", "bob@acme.test"), [1])
        self.assertEqual(numbers("--email", "BOB@acme.test"), [1])
        self.assertEqual(numbers("--invoice", "a-2"), [6, 7])
        self.assertEqual(numbers("--type", "phone"), [1, 2, 3, 4, 5])
        self.assertEqual(numbers("--license", "3"), [3])
        self.assertEqual(numbers("--expires-before", ENDS), [6, 7])
        self.assertEqual(numbers("--email", "ann@acme.test"), [])

    def test_a_license_has_its_fields(self):
        row = self.rows("query", "licenses", "--account", "acme", "--license", "1")[0]
        self.assertEqual(list(row), LICENSE_FIELDS)
        self.assertEqual(row, {"license": 1, "sku": "connect", "product": "Connect Standard", "type": "phone",
                               "status": "bound", "email": "bob@acme.test", "invoice": "a-1", "validFrom": PAID,
                               "validUntil": ENDS})

    def test_licenses_as_they_stood(self):
        def holder(*as_of):
            row = self.rows("query", "licenses", "--account", "acme", "--license", "1", *as_of)[0]
            return row["status"], row["email"]

        free = ("available", None)
        self.assertEqual(holder("--as-of", MICROSECOND_BEFORE_BIND), free)
        self.assertEqual(holder("--as-of", BIND), ("bound", "ann@acme.test"))
        self.assertEqual(holder("--as-of", UNBIND), free)
        self.assertEqual(holder("--as-of", "2026-01-20T14:59:59+02:00"), free)
        self.assertEqual(holder("--as-of", BIND_AGAIN), ("bound", "bob@acme.test"))
        bound = self.bound["sequence"]
        self.assertEqual(holder("--as-of-sequence", bound - 1), free)
        self.assertEqual(holder("--as-of-sequence", bound), ("bound", "ann@acme.test"))
        before_payment = self.rows("query", "licenses", "--account", "acme", "--as-of", "2026-01-06T09:59:59Z")
        self.assertEqual(before_payment, [])

    def test_pages_go_on_where_they_ended(self):
        first = self.ledger.run("query", "licenses", "--account", "acme", "--limit", "3")
        self.assertEqual([row["license"] for row in first.lines], [1, 2, 3])
        self.assert_one_line(first.err)
        cursor = json.loads(first.err)["cursor"]
        rest = self.rows("query", "licenses", "--account", "acme", "--cursor", cursor)
        self.assertEqual([row["license"] for row in rest], [4, 5, 6, 7])
        table = self.ledger.run("query", "licenses", "--account", "acme", "--limit", "3", "--format", "table")
        self.assertEqual(table.err, f"more rows: --cursor {cursor}\n")

    def test_users(self):
        rows = self.rows("query", "users", "--account", "acme")
        self.assertEqual([row["email"] for row in rows], ["boss@acme.test", "ann@acme.test", "bob@acme.test"])
        self.assertEqual([row["licenses"] for row in rows], [[], [], [1]])
        self.assertIn("superAdmin", rows[0]["roles"])
        self.assertEqual(rows[1]["name"], "Ann")

    def test_a_person_has_products_on_and_off(self):
        def products(*as_of):
            user = self.rows("query", "user", "--account", "acme", "--email", "ann@acme.test", *as_of)[0]
            self.assertEqual(user["email"], "ann@acme.test")
            return {row["sku"]: (row["on"], row["license"]) for row in user["products"]}

        self.assertEqual(products(), {"connect": (False, None), "contact": (False, None)})
        self.assertEqual(products("--as-of", BIND), {"connect": (True, 1), "contact": (False, None)})

    def test_a_person_who_is_not_there(self):
        result = self.ledger.run("query", "user", "--account", "acme", "--email", "zoe@acme.test")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assert_one_line(result.err)
        early = self.ledger.run("query", "user", "--account", "acme", "--email", "ann@acme.test", "--as-of",
                                "2026-01-05T08:59:59Z")
        self.assertEqual((early.status, early.out), (1, ""))

    def test_access(self):
        def access(email, *as_of):
            return self.rows("query", "access", "--account", "acme", "--email", email, "--sku", "connect", *as_of)[0]

        now = access("bob@acme.test")
        self.assertEqual((now["access"], now["license"], now["since"]), (True, 1, BIND_AGAIN))
        self.assertIn(self.bound_again["sequence"], now["because"])
        self.assertFalse(access("ann@acme.test")["access"])
        then = access("ann@acme.test", "--as-of", BIND)
        self.assertEqual((then["access"], then["license"]), (True, 1))
        self.assertIn(self.bound["sequence"], then["because"])
        self.assertFalse(access("ann@acme.test", "--as-of", UNBIND)["access"])
        self.assertFalse(access("ann@acme.test", "--as-of", MICROSECOND_BEFORE_BIND)["access"])

    def test_invoices(self):
        rows = self.rows("query", "invoices", "--account", "acme")
        self.assertEqual([(row["invoice"], row["status"], row["total"]) for row in rows],
                         [("a-1", "paid", usd("1200.00")), ("a-2", "paid", usd("780.00"))])
        self.assertEqual(rows[0]["raisedBy"], "boss@acme.test")
        self.assertEqual(rows[0]["lines"][0]["quantity"], 5)
        early = self.rows("query", "invoices", "--account", "acme", "--as-of", "2026-01-06T09:00:00Z")
        self.assertEqual(early, [])

    def test_history(self):
        def names(*subject):
            return [event_name(event) for event in self.rows("history", "--account", "acme", *subject)]

        self.assertEqual(names("--license", "1"), ["licensesIssued", "licenseBound", "licenseUnbound", "licenseBound"])
        self.assertEqual(names("--license", "2"), ["licensesIssued"])
        self.assertEqual(names("--email", "ann@acme.test"), ["userRegistered", "licenseBound", "licenseUnbound"])
        self.assertEqual(names("--invoice", "a-2"), ["invoiceIssued", "invoicePaid", "licensesIssued",
                                                     "notificationQueued"])
        self.assertEqual(names("--actor", "boss@acme.test"), ["licenseBound", "licenseBound"])
        self.assertEqual(names("--license", "1", "--from", self.unbound["sequence"]), ["licenseUnbound", "licenseBound"])
        self.assertEqual(names("--license", "1", "--to", self.bound["sequence"]), ["licensesIssued", "licenseBound"])

    def test_history_is_limited(self):
        result = self.ledger.run("history", "--account", "acme", "--license", "1", "--limit", "2")
        self.assertEqual([event_name(event) for event in result.lines], ["licensesIssued", "licenseBound"])
        self.assert_one_line(result.err)
        self.assertIn('{"from":', result.err)

    def test_replay_has_every_event(self):
        events = self.rows("replay")
        last = self.bound_again["sequence"]
        self.assertEqual([event["sequence"] for event in events], list(range(1, len(events) + 1)))
        self.assertEqual(events[last - 1], self.bound_again["events"][0])
        self.assertEqual({event_name(event) for event in events[last:]} - {"notificationSent"}, set())
        self.assertEqual(self.rows("replay", "--from", "3", "--to", "5"), events[2:5])
        self.assertEqual(self.rows("replay", "--account", "acme"),
                         [event for event in events if event["account"] == "acme"])

    def test_csv(self):
        text = self.ok("query", "licenses", "--account", "acme", "--format", "csv").out
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(list(rows[0]), LICENSE_FIELDS)
        self.assertEqual((rows[0]["email"], rows[1]["email"]), ("bob@acme.test", ""))

    def test_tables(self):
        text = self.ok("query", "licenses", "--account", "acme", "--format", "table", "--license", "1").out
        header, row = text.splitlines()
        self.assertEqual(header.split(), LICENSE_FIELDS)
        self.assertIn("bob@acme.test", row)
        screen = self.ok("query", "user", "--account", "acme", "--email", "bob@acme.test", "--format", "table").out
        self.assertIn("bob@acme.test", screen)
        self.assertIn("Contact Center", screen)
        events = self.ok("replay", "--account", "acme", "--format", "table").out
        self.assertEqual(len(events.splitlines()), len(self.rows("replay", "--account", "acme")) + 1)

    def test_an_unknown_account(self):
        result = self.ledger.run("query", "licenses", "--account", "nobody")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn("nobody", result.err)
        self.assert_one_line(result.err)


class Time(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        cls.done(*at("2026-01-01T00:00:00Z", product("day", term="P1D"), account("acme"),
                     register("acme", "ann@acme.test"), *buy("acme", "a-1", "day", 2, "20.00"),
                     {"account": "acme", "bindLicense": {"license": 1, "email": "ann@acme.test"}}))

    def test_a_license_ends_at_its_end(self):
        end = "2026-01-02T00:00:00.000000Z"
        self.done(*at("2026-02-01T00:00:00Z", register("acme", "bob@acme.test")))
        events = self.rows("history", "--account", "acme", "--license", "1")
        self.assertEqual((event_name(events[-1]), events[-1]["effectiveAt"], events[-1]["actor"]),
                         ("licensesExpired", end, "ledger"))

        def access(as_of):
            return self.rows("query", "access", "--account", "acme", "--email", "ann@acme.test", "--sku", "day",
                             "--as-of", as_of)[0]["access"]

        self.assertTrue(access("2026-01-01T23:59:59.999999Z"))
        self.assertFalse(access(end))
        rows = self.rows("query", "licenses", "--account", "acme", "--status", "expired")
        self.assertEqual([row["license"] for row in rows], [1, 2])
