"""What is read: by what was known when, by names that there are, and at which prices."""

from ledger import LedgerTest, account, at, buy, product, usd


def acme(**command):
    return {"account": "acme", **command}


class Reads(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        cls.done(*at("2026-01-01T00:00:00Z", product("connect")),
                 *at("2026-01-03T00:00:00Z", account("acme"), *buy("acme", "i-1", "connect", 2, "20.00")))
        cls.settle()
        cls.done(*at("2026-02-01T00:00:00Z", acme(bindLicense={"license": 1, "email": "boss@acme.test"})),
                 *at("2026-03-01T00:00:00Z", {"changeProduct": {"sku": "connect", "unitPrice": usd("12.00")}}),
                 # In March it becomes known that the license was taken away on 10 February.
                 *at("2026-02-10T00:00:00Z", acme(unbindLicense={"license": 1})))

    def test_what_was_known_when(self):
        def status(*when):
            row, = self.rows("query", "licenses", "--account", "acme", "--license", "1", *when)
            return row["status"]

        then = ("--as-of", "2026-02-15T00:00:00Z")
        self.assertEqual(status(*then), "available")
        self.assertEqual(status(*then, "--known-at", "2026-02-28T00:00:00Z"), "bound")
        self.assertEqual(status("--known-at", "2026-02-28T00:00:00Z"), "bound")

    def test_histories_and_replays_as_of_a_time(self):
        for read in (("history", "--account", "acme", "--license", "1"), ("replay", "--account", "acme"), ("replay",)):
            with self.subTest(read):
                every = self.rows(*read)
                instant = "2026-02-10T00:00:00.000000Z"
                self.assertEqual(self.rows(*read, "--as-of", instant),
                                 [event for event in every if event["effectiveAt"] <= instant])
                known = "2026-02-28T00:00:00.000000Z"
                self.assertEqual(self.rows(*read, "--known-at", known),
                                 [event for event in every if event["recordedAt"] <= known])
                self.assertEqual(self.rows(*read, "--as-of", instant, "--known-at", known),
                                 [event for event in every
                                  if event["effectiveAt"] <= instant and event["recordedAt"] <= known])
                middle = every[len(every) // 2]["sequence"]
                self.assertEqual(self.rows(*read, "--as-of-sequence", middle),
                                 [event for event in every if event["sequence"] <= middle])

    def test_a_name_that_there_is_not_is_no_answer(self):
        for arguments, said in (
                (("query", "access", "--email", "no@acme.test", "--sku", "connect"), "no user no@acme.test"),
                (("query", "access", "--email", "boss@acme.test", "--sku", "conect"), "no product conect"),
                (("query", "licenses", "--email", "no@acme.test"), "no user no@acme.test"),
                (("query", "licenses", "--invoice", "i-9"), "no invoice i-9"),
                (("query", "licenses", "--sku", "conect"), "no product conect"),
                (("query", "invoices", "--invoice", "i-9"), "no invoice i-9"),
                (("query", "orders", "--order", "9"), "no order 9"),
                (("query", "queues", "--queue", "sales"), "no queue sales"),
                (("query", "user", "--email", "no@acme.test"), "no user no@acme.test"),
                (("history", "--license", "999"), "no license 999"),
                (("history", "--actor", "no@acme.test"), "no user no@acme.test"),
                (("history", "--queue", "sales"), "no queue sales")):
            with self.subTest(arguments):
                result = self.ledger.run(*arguments, "--account", "acme")
                self.assertEqual((result.status, result.out), (1, ""))
                self.assert_one_line(result.err)
                self.assertIn(said, result.err)
        unknown = self.ledger.run("replay", "--account", "acmee")
        self.assertEqual((unknown.status, unknown.out), (1, ""))
        self.assertIn("no account acmee", unknown.err)

    def test_prices(self):
        def price(*question):
            row, = self.rows("query", *question)
            return row["unitPrice"]["amount"]

        for question in (("catalog",), ("products", "--account", "acme")):
            self.assertEqual(price(*question), "12.00")
            self.assertEqual(price(*question, "--as-of", "2026-02-28T00:00:00Z"), "10.00")
            self.assertEqual(price(*question, "--known-at", "2026-02-28T00:00:00Z"), "10.00")
