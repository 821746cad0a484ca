"""What an administrator does in a month: orders, seats, queues, and one person on one screen."""

import json

from ledger import LedgerTest, account, at, buy, event_name, product, program, register, usd


class Administrator(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        boss = {"account": "acme", "actor": "boss@acme.test"}
        cls.done(*at("2026-03-01T09:00:00Z", product("connect"),
                     product("center", billing="membership", unitPrice=usd("40.00")),
                     account("acme", timeZone="America/Sao_Paulo"), register("acme", "ann@acme.test"),
                     {**boss, "addCard": {"token": "tok-1", "last4": "4242", "expires": "2027-05"}},
                     {**boss, "requestLicenses": {"sku": "connect", "quantity": 2}}),
                 # Two days and a minute later: the order is overdue, and goes on.
                 *at("2026-03-03T09:01:00Z", {"account": "acme", "fulfillOrder": {"order": 1, "invoice": "a-1"}},
                     {"account": "acme", "recordPayment": {"invoice": "a-1", "reference": "bank-1",
                                                           "amount": usd("20.00")}},
                     {**boss, "createQueue": {"queue": "support", "kind": "call"}},
                     {**boss, "createQueue": {"queue": "mail", "kind": "inbox"}},
                     {**boss, "addQueueMember": {"queue": "support", "email": "ann@acme.test", "role": "agent"}},
                     {**boss, "addQueueMember": {"queue": "mail", "email": "ann@acme.test", "role": "supervisor"}}))

    def test_an_order_from_the_wish_to_the_licenses(self):
        names = [event_name(event) for event in self.rows("history", "--account", "acme", "--order", 1)]
        self.assertEqual(names, ["licensesRequested", "orderOverdue", "invoiceIssued", "orderFulfilled"])
        order, = self.rows("query", "orders", "--account", "acme")
        self.assertEqual((order["status"], order["overdue"], order["invoice"]), ("fulfilled", True, "a-1"))
        before, = self.rows("query", "orders", "--account", "acme", "--as-of", "2026-03-03T08:59:59.999999Z")
        self.assertEqual((before["status"], before["overdue"], before["invoice"]), ("open", False, None))

    def test_seats_without_json(self):
        def bind(*arguments):
            return self.ledger.run("bind", "--account", "acme", "--email", "ann@acme.test", *arguments)

        tried = bind("--sku", "connect", "--dry-run")
        self.assertEqual((tried.status, tried.lines[0]["dryRun"]), (0, True))
        self.assertEqual(tried.lines[0]["events"][0]["licenseBound"]["license"], 1)
        self.assertEqual(self.rows("query", "licenses", "--account", "acme", "--status", "bound"), [])

        first, again = (bind("--sku", "connect", "--actor", "boss@acme.test", "--request-id", "r-1") for _ in range(2))
        self.assertEqual(first.lines[0]["events"], again.lines[0]["events"])
        self.assertTrue(again.lines[0]["replayed"])
        self.assertEqual(first.lines[0]["events"][0]["actor"], "boss@acme.test")

        refused = bind("--license", "2")
        self.assertEqual((refused.status, refused.lines[0]["rejected"]), (3, "user_must_not_hold_product"))

        unbound = self.ledger.run("unbind", "--account", "acme", "--license", "1")
        self.assertEqual(unbound.lines[0]["stillBilled"],
                         [{"sku": "center", "queues": [{"queue": "mail", "kind": "inbox"},
                                                       {"queue": "support", "kind": "call"}]}])

    def test_one_person_on_one_screen(self):
        screen = self.ok("user", "ann@acme.test", "--account", "acme", "--format", "table").out
        for part in ("Ann", "Products", "connect", "Queues", "support", "supervisor", "Billed", "center",
                     "mail, support"):
            self.assertIn(part, screen)
        person, = self.rows("user", "ann@acme.test", "--account", "acme")
        self.assertEqual(person["billed"][-1], {"sku": "center", "license": None, "queues": ["mail", "support"],
                                                "since": "2026-03-03T09:01:00.000000Z"})
        unknown = self.ledger.run("user", "bob@acme.test", "--account", "acme")
        self.assertEqual(unknown.status, 1)
        self.assert_one_line(unknown.err)

    def test_a_phone_configuration_is_kept_for_seven_days(self):
        boss = {"account": "phones", "actor": "boss@phones.test"}

        def phone(*options):
            person, = self.rows("user", "ann@acme.test", "--account", "phones", *options)
            return person["phone"]

        def screen():
            return self.ok("user", "ann@acme.test", "--account", "phones", "--format", "table").out

        self.done(*at("2026-03-10T09:00:00Z", product("line", keepsPhone=True), account("phones"),
                      register("phones", "ann@acme.test"), *buy("phones", "p-1", "line", 1, "10.00"),
                      {**boss, "bindLicense": {"license": 1, "email": "ann@acme.test"}}))
        self.assertIn("No phone configuration.", screen())
        self.done(*at("2026-03-10T10:00:00Z", {**boss, "savePhone": {"email": "ann@acme.test",
                                                                     "config": '{"line": "+1 555 0100"}'}}))
        saved = {"status": "saved", "savedAt": "2026-03-10T10:00:00.000000Z", "keptUntil": None,
                 "config": '{"line": "+1 555 0100"}'}
        self.assertEqual(phone(), saved)
        self.assertIn("Phone configuration of 2026-03-10 10:00:00Z, in use", screen())

        unbound, = self.done(*at("2026-03-11T10:00:00Z", {**boss, "unbindLicense": {"license": 1}}))
        self.assertEqual(unbound["phoneKeptUntil"], "2026-03-18T10:00:00.000000Z")
        self.assertEqual(phone(), {**saved, "status": "kept", "keptUntil": "2026-03-18T10:00:00.000000Z"})
        self.assertIn("kept until 2026-03-18 10:00:00Z", screen())

        bound, = self.done(*at("2026-03-18T09:59:59.999999Z",
                               {**boss, "bindLicense": {"license": 1, "email": "ann@acme.test"}}))
        self.assertEqual([event_name(event) for event in bound["events"]], ["licenseBound", "phoneRestored"])
        self.assertEqual(phone(), saved)

        self.done(*at("2026-03-19T00:00:00Z", {**boss, "unbindLicense": {"license": 1}}),
                  *at("2026-03-26T00:00:00Z", {**boss, "bindLicense": {"license": 1, "email": "ann@acme.test"}}))
        none = {"status": "none", "savedAt": None, "keptUntil": None, "config": None}
        self.assertEqual(phone(), none)
        self.assertEqual(phone("--as-of", "2026-03-10T12:00:00Z"), {**saved, "config": None})
        history = self.rows("history", "--account", "phones", "--email", "ann@acme.test")
        self.assertIn("phonePurged", [event_name(event) for event in history])
        self.assertNotIn("555", json.dumps(history))

    def test_the_account_may_stand_in_the_environment(self):
        result = program("query", "queues", environment={**self.ledger.environment, "SEATLEDGER_ACCOUNT": "acme"})
        self.assertEqual([row["queue"] for row in result.lines], ["mail", "support"])
