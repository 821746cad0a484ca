"""Statements as FOCUS bills, from the command line."""

import csv
import io
import re
from decimal import Decimal

from ledger import LedgerTest, account, at, buy, product, register, usd

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def acme(**command):
    return {"account": "acme", **command}


class FocusStatement(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        # In Lisbon, an hour ahead of UTC in summer. Ten of 31 days at 10.00 are no whole number of cents.
        cls.done(*at("2026-06-01T09:00:00Z", product("connect", billing="assigned", term="P31D"),
                     product("seat", unitPrice=usd("100.00")),
                     product("center", billing="membership", term="P1M", unitPrice=usd("10.00")),
                     account("acme", timeZone="Europe/Lisbon"), register("acme", "ann@acme.test")),
                 *at("2026-06-30T23:30:00Z", *buy("acme", "i-1", "connect", 2, "20.00"),
                     *buy("acme", "i-2", "seat", 3, "300.00")),
                 *at("2026-07-11T08:00:00Z", acme(bindLicense={"sku": "connect", "email": "ann@acme.test"}),
                     acme(createQueue={"queue": "support", "kind": "call"}),
                     acme(addQueueMember={"queue": "support", "email": "ann@acme.test", "role": "agent"}),
                     acme(creditInvoice={"invoice": "i-2", "line": 1, "quantity": 0, "amount": usd("25.50"),
                                         "reason": "late"})),
                 *at("2026-07-20T08:00:00Z", acme(unbindLicense={"sku": "connect", "email": "ann@acme.test"}),
                     acme(removeQueueMember={"queue": "support", "email": "ann@acme.test"})),
                 *at("2026-08-15T00:00:00Z", register("acme", "bob@acme.test")))

    def focus(self, *arguments):
        text = self.ok("statement", "--account", "acme", "--period", "2026-07", "--format", "focus", "--provider",
                       "Acme Software", *arguments).out
        return list(csv.DictReader(io.StringIO(text), strict=True))

    def test_what_is_billed_is_the_total_less_what_was_credited(self):
        total = [row for row in self.rows("statement", "--account", "acme", "--period", "2026-07") if row["total"]][0]
        expected = Decimal(total["amount"]["amount"]) - Decimal(total["credited"]["amount"])
        self.assertEqual(expected, Decimal("280.95"))
        for by in ("product", "user", "license", "day"):
            with self.subTest(by):
                rows = self.focus("--by", by)
                self.assertEqual(sum(Decimal(row["BilledCost"]) for row in rows), expected)
                for row in rows:
                    for bound in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"):
                        self.assertRegex(row[bound], INSTANT)
                    self.assertEqual((row["BillingPeriodStart"], row["BillingPeriodEnd"]),
                                     ("2026-06-30T23:00:00Z", "2026-07-31T23:00:00Z"))

    def test_rows(self):
        rows = [(row["ChargeCategory"], row["SkuId"], row["PricingQuantity"], row["BilledCost"])
                for row in self.focus()]
        self.assertEqual(rows, [("Usage", "center", "10", "3.23"), ("Usage", "connect", "10", "3.22"),
                                ("Purchase", "seat", "3", "300.00"), ("Credit", "seat", "", "-25.50")])
        ann = [(row["ResourceType"], row["SkuId"]) for row in self.focus("--by", "user")
               if row["ResourceId"] == "ann@acme.test"]
        self.assertEqual(ann, [("Person", "center"), ("Person", "connect")])
        bought = [(row["ResourceId"], row["InvoiceId"], row["ChargePeriodEnd"])
                  for row in self.focus("--by", "license") if row["ChargeCategory"] == "Purchase"]
        self.assertEqual(bought, [(str(number), "i-2", "2027-06-30T23:00:00Z") for number in (3, 4, 5)])
        self.assertEqual(self.focus("--as-of", "2026-07-05T00:00:00Z")[0]["ChargePeriodEnd"], "2026-07-05T23:00:00Z")

    def test_whose_services_they_are_must_be_said(self):
        asked = ("statement", "--account", "acme", "--period", "2026-07")
        for arguments, words in (((*asked, "--format", "focus"), "give --provider NAME"),
                                 ((*asked, "--format", "csv", "--provider", "Acme"), "--format focus"),
                                 ((*asked, "--format", "yaml"), "'yaml' is none of table, json, csv or focus")):
            with self.subTest(arguments):
                result = self.ledger.run(*arguments)
                self.assertEqual((result.status, result.out), (2, ""))
                self.assertIn(words, result.err)
                self.assert_one_line(result.err)

    def test_nothing_else_is_printed_as_focus(self):
        for arguments, words in ((("query", "products"), "'focus' is none of table, json or csv"),
                                 (("replay",), "'focus' is none of table, json, csv or cloudevents")):
            with self.subTest(arguments):
                result = self.ledger.run(*arguments, "--format", "focus")
                self.assertEqual((result.status, result.out), (2, ""))
                self.assertIn(words, result.err)
