"""Statements: what an account had, used and owes, by its events; and disputes, from the command to their rows."""

import csv
import io
import json

from ledger import LedgerTest, account, at, buy, product, register, usd

DIGEST = "a" * 64


def acme(**command):
    return {"account": "acme", **command}


class Statement(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        # In Lisbon, an hour ahead of UTC in summer: 23:30 UTC is the next day.
        cls.done(*at("2026-06-01T09:00:00Z", product("connect", billing="assigned", term="P30D", unitPrice=usd("30.00")),
                     product("seat", term="P1Y", unitPrice=usd("100.00")),
                     product("center", billing="membership", term="P1M", unitPrice=usd("31.00")),
                     account("acme", timeZone="Europe/Lisbon", disputeWindow="P60D"),
                     register("acme", "ann@acme.test")),
                 *at("2026-06-30T23:30:00Z", *buy("acme", "i-1", "connect", 2, "60.00"),
                     *buy("acme", "i-2", "seat", 3, "300.00")),
                 *at("2026-07-10T08:00:00Z", acme(bindLicense={"sku": "connect", "email": "ann@acme.test"}),
                     acme(createQueue={"queue": "support", "kind": "call"}),
                     acme(addQueueMember={"queue": "support", "email": "ann@acme.test", "role": "agent"})),
                 *at("2026-07-12T23:30:00Z", acme(unbindLicense={"sku": "connect", "email": "ann@acme.test"})),
                 *at("2026-07-20T08:00:00Z", acme(removeQueueMember={"queue": "support", "email": "ann@acme.test"})),
                 *at("2026-08-15T00:00:00Z", register("acme", "bob@acme.test")))

    def statement(self, *arguments):
        return self.rows("statement", "--account", "acme", "--period", "2026-07", *arguments)

    def test_by_product(self):
        center, connect, seat, total = self.statement()
        self.assertEqual((center["sku"], center["inQueues"], center["billedDays"], center["amount"]),
                         ("center", 11, 11, usd("11.00")))
        # Bound on 10, 11, 12 and, by the account's clock, the 13th: 4 of 30 days at 30.00.
        self.assertEqual((connect["sku"], connect["bound"], connect["billedDays"], connect["amount"]),
                         ("connect", 4, 4, usd("4.00")))
        self.assertEqual(connect["bought"], 60)
        self.assertEqual((seat["sku"], seat["bought"], seat["free"], seat["amount"]), ("seat", 93, 93, usd("300.00")))
        self.assertEqual((total["total"], total["sku"], total["amount"]), (True, None, usd("315.00")))

    def test_by_user_license_and_day(self):
        ann, = [row for row in self.statement("--by", "user") if row["email"] and row["sku"] == "connect"]
        self.assertEqual((ann["email"], ann["bound"], ann["amount"]), ("ann@acme.test", 4, usd("4.00")))
        licenses = {row["license"]: row["amount"] for row in self.statement("--by", "license") if row["license"]}
        self.assertEqual(licenses, {1: usd("4.00"), 2: usd("0.00"), 3: usd("100.00"), 4: usd("100.00"),
                                    5: usd("100.00")})
        days = [row["day"] for row in self.statement("--by", "day") if row["sku"] == "connect" and row["bound"]]
        self.assertEqual(days, ["2026-07-10", "2026-07-11", "2026-07-12", "2026-07-13"])

    def test_as_it_was(self):
        before = self.statement("--as-of", "2026-07-11T12:00:00Z")
        connect, = [row for row in before if row["sku"] == "connect"]
        self.assertEqual((connect["bound"], connect["bought"]), (2, 22))
        self.assertEqual(self.statement("--as-of", "2026-08-01T00:00:00Z"), self.statement())

    def test_csv_has_numbers_in_columns_of_their_own(self):
        rows = list(csv.DictReader(io.StringIO(self.ok("statement", "--account", "acme", "--period", "2026-07",
                                                       "--format", "csv").out)))
        self.assertEqual([(row["amount"], row["amountCurrency"]) for row in rows],
                         [("11.00", "USD"), ("4.00", "USD"), ("300.00", "USD"), ("315.00", "USD")])

    def test_a_table_names_its_total(self):
        table = self.ok("statement", "--account", "acme", "--period", "2026-07", "--format", "table").out.splitlines()
        self.assertEqual([line.split()[1] for line in table], ["sku", "center", "connect", "seat", "total"])

    def test_price_book(self):
        file = self.ledger.directory / "book.json"
        file.write_text('{"rounding":"daily-2dp","end":"inclusive"}')
        connect, = [row for row in self.statement("--price-book", file) if row["sku"] == "connect"]
        self.assertEqual(connect["amount"], usd("3.87"))  # 4 of 31 days; rows of statements are rounded once
        file.write_text('{"rounding":"up"}')
        result = self.ledger.run("statement", "--account", "acme", "--period", "2026-07", "--price-book", file)
        self.assertEqual(result.status, 1)
        self.assertIn("daily-2dp", result.err)

    def test_wrong_usage(self):
        for period in ("2026-13", "2026-02-30", "july", "2026-07-02/2026-07-01", "2026-07-01/2026-07-01"):
            with self.subTest(period):
                result = self.ledger.run("statement", "--account", "acme", "--period", period)
                self.assertEqual(result.status, 2)
                self.assertIn("2020-09", result.err)
        result = self.ledger.run("statement", "--account", "nobody", "--period", "2026-07")
        self.assertEqual(result.status, 1)
        self.assertIn("nobody", result.err)

    def test_whoever_may_not_read_the_account_gets_no_statement(self):
        answer, = self.done(acme(registerUser={"email": "eve@acme.test", "password": "a long password"}))
        self.assertIn("sequence", answer)
        token = self.ledger.directory / "eve.token"
        self.ok("token", "issue", "--account", "acme", "--email", "eve@acme.test", "--out", token)
        result = self.ledger.run("statement", "--account", "acme", "--period", "2026-07", "--token-file", token)
        self.assertEqual(result.status, 1)
        self.assertIn("superAdmin, admin, billing, auditor", result.err)


class Disputes(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        cls.done(*at("2026-06-01T09:00:00Z", product("connect", unitPrice=usd("10.00")),
                     account("acme", disputeWindow="P60D"), register("acme", "ann@acme.test"),
                     *buy("acme", "i-1", "connect", 5, "50.00")))

    def test_from_the_claim_to_the_credit(self):
        opened, = self.done(acme(openDispute={
            "claim": "ann@acme.test left", "bill": {"sha256": DIGEST, "row": 7, "date": "2026-05-31",
                                                    "text": "=connect;ann@acme.test;10.00"}}))
        number = opened["events"][0]["disputeOpened"]["dispute"]
        again, = self.done(acme(openDispute={"claim": "she did", "bill": {"sha256": DIGEST, "row": 7, "text": "t",
                                                                          "date": "2026-05-31"}}))
        self.assertEqual(again["events"][0]["disputeOpened"]["first"], number)
        self.done(acme(addEvidence={"dispute": number, "note": "her letter"}))
        refused = self.ledger.run("submit", stdin=json.dumps(acme(erasePerson={"email": "ann@acme.test"})) + "\n")
        self.assertEqual(refused.lines[0]["rejected"], "person_must_not_be_in_dispute")
        self.done(acme(resolveDispute={"dispute": number, "verdict": "upheld", "note": "indeed"}))
        self.done(acme(creditInvoice={"invoice": "i-1", "line": 1, "quantity": 1, "amount": usd("10.00"),
                                      "reason": "agreed", "dispute": number}))
        row, = self.rows("query", "disputes", "--account", "acme", "--dispute", number)
        self.assertEqual((row["status"], row["verdict"], row["credited"]), ("resolved", "upheld", usd("10.00")))
        self.assertEqual(row["text"], "=connect;ann@acme.test;10.00")
        self.assertEqual([event["sequence"] for event in self.rows("history", "--account", "acme", "--dispute", number)],
                         row["because"])
        table, = csv.DictReader(io.StringIO(self.ok("query", "disputes", "--account", "acme", "--dispute", number,
                                                    "--format", "csv").out))
        self.assertEqual(table["text"], "'=connect;ann@acme.test;10.00")  # no spreadsheet takes it for a formula
