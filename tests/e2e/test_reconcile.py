"""A vendor's bill against the ledger, from the file to the rows, and to the commands that dispute its lines."""

import csv
import hashlib
import io
import json
import os
import pty
import subprocess

from ledger import LedgerTest, account, at, buy, product, register, usd

HEADER = "sku,quantity,unitPrice,amount,currency,start,end,license,email\n"


def acme(**command):
    return {"account": "acme", **command}


class Reconcile(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        # In Lisbon, an hour ahead of UTC in summer.
        cls.done(*at("2026-06-01T09:00:00Z", product("connect", billing="assigned", term="P30D", unitPrice=usd("30.00")),
                     product("seat", term="P1Y", unitPrice=usd("100.00")),
                     account("acme", timeZone="Europe/Lisbon", disputeWindow="P60D"),
                     register("acme", "ann@acme.test"), register("acme", "bob@acme.test")),
                 *at("2026-06-30T23:30:00Z", *buy("acme", "i-1", "connect", 2, "60.00"),
                     *buy("acme", "i-2", "seat", 3, "300.00")),
                 *at("2026-07-10T08:00:00Z", acme(bindLicense={"license": 1, "email": "ann@acme.test"})),
                 *at("2026-07-19T08:00:00Z", acme(unbindLicense={"license": 1})),
                 # The address goes from one person to another.
                 *at("2026-08-01T08:00:00Z", acme(changeEmail={"email": "ann@acme.test", "newEmail": "ana@acme.test"}),
                     acme(changeEmail={"email": "bob@acme.test", "newEmail": "ann@acme.test"})),
                 *at("2026-08-15T00:00:00Z", register("acme", "eve@acme.test")))

    def bill(self, text, name="bill.csv"):
        file = self.ledger.directory / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def reconcile(self, text, *arguments, status=3, kind="csv"):
        result = self.ledger.run("reconcile", "--account", "acme", "--bill", self.bill(text), "--bill-format", kind,
                                 *arguments)
        self.assertEqual((result.status, result.err), (status, ""), result.out)
        return result.lines

    def test_a_row_for_each_line_and_the_totals(self):
        *rows, total = self.reconcile(
            HEADER.replace("email", "email,kind")
            + "connect,1,30.00,10.00,USD,2026-07-10,2026-07-20,1,,charge\n"      # 2: bound on ten days
            + "connect,1,30.00,10.00,USD,2026-07-20,2026-07-30,1,,charge\n"      # 3: nobody had it
            + "seat,3,100.00,300.00,USD,2026-07-01,2027-07-01,,,charge\n"        # 4
            + "seat,3,100.00,300.00,USD,2026-07-01,2027-07-01,,,charge\n"        # 5: once more
            + "gold,1,1.00,1.00,USD,2026-07-01,2026-08-01,,,charge\n"            # 6
            + "tax,,,20.00,USD,,,,,tax\n"                                  # 7
            + "seat,x,1.00,7.5,USD,2026-07-01,2026-08-01,,,charge\n")            # 8: refused
        self.assertEqual([(row["line"], row["state"], row["verdict"], row["arithmetic"], row["amount"]["amount"],
                           row["atIssue"] and row["atIssue"]["amount"]) for row in rows],
                         [(2, "judged", "correct", "match", "10.00", "0.00"),
                          (3, "judged", "billed_after_unbind", "match", "10.00", "10.00"),
                          (4, "judged", "correct", "match", "300.00", "0.00"),
                          (5, "judged", "duplicate", "match", "300.00", "300.00"),
                          (6, "judged", "not_in_ledger", "match", "1.00", "1.00"),
                          (7, "setAside", None, None, "20.00", None),
                          (8, "refused", None, None, "7.50", None)])
        self.assertEqual(rows[3]["ofLine"], 4)
        self.assertIn("quantity", rows[6]["message"])
        # It was bound, and it was taken away.
        events = {event["sequence"]: event for event in self.rows("history", "--account", "acme", "--license", "1")}
        self.assertTrue(any("licenseUnbound" in events.get(sequence, {}) for sequence in rows[1]["because"]))
        self.assertEqual(total["state"], "total")
        self.assertEqual((total["amount"], total["explained"], total["atIssue"]),
                         (usd("648.50"), usd("310.00"), usd("311.00")))
        self.assertEqual(total["sums"], {"judged": usd("621.00"), "setAside": usd("20.00"), "refused": usd("7.50"),
                                         "notBilled": usd("0.00")})

    def test_a_bill_that_is_right(self):
        rows = self.reconcile(HEADER + "connect,1,30.00,10.00,USD,2026-07-10,2026-07-20,1,\n"
                              + "seat,3,100.00,300.00,USD,2026-07-01,2027-07-01,,\n", status=0)
        self.assertEqual([row["verdict"] for row in rows], ["correct", "correct", None])

    def test_what_is_not_billed(self):
        rows = self.reconcile(HEADER + "seat,3,100.00,300.00,USD,2026-07-01,2027-07-01,,\n"
                              + "connect,1,30.00,9.00,USD,2026-07-10,2026-07-19,1,\n")
        missing, = [row for row in rows if row["verdict"] == "not_billed"]
        self.assertEqual((missing["line"], missing["explained"]), (None, usd("1.00")))

    def test_an_address_is_whoever_had_it_on_the_days_of_the_line(self):
        row, total = self.reconcile(HEADER + "connect,1,30.00,10.00,USD,2026-07-10,2026-07-20,,Ann@ACME.test\n",
                                    status=0)
        self.assertEqual(row["verdict"], "correct")
        row, *_ = self.reconcile(HEADER + "connect,1,30.00,1.00,USD,2026-08-10,2026-08-11,,ann@acme.test\n")
        self.assertEqual(row["verdict"], "unknown_seat")

    def test_as_of(self):
        text = HEADER + "connect,1,30.00,10.00,USD,2026-07-10,2026-07-20,1,\n"
        row, *_ = self.reconcile(text, "--as-of", "2026-07-12T12:00:00Z")
        self.assertEqual((row["verdict"], row["explained"]), ("billed_after_unbind", usd("3.00")))

    def test_amounts_are_exact(self):
        *_, total = self.reconcile(HEADER + "connect,1,30.00,0.1234567891,USD,2026-07-10,2026-07-11,1,\n")
        self.assertEqual(total["amount"], usd("0.1234567891"))

    def test_other_formats_and_languages(self):
        focus = ("BilledCost,BillingCurrency,ChargeCategory,ChargeClass,ChargePeriodStart,ChargePeriodEnd,"
                 "PricingQuantity,SkuId,ResourceId,InvoiceId\n"
                 "10.00,USD,Usage,,2026-07-09T23:00:00Z,2026-07-19T23:00:00Z,1,TEL,1,V-17\n")
        mapping = self.bill('{"skus":{"TEL":"connect"}}', "mapping.json")
        row, total = self.reconcile(focus, "--mapping", mapping, kind="focus", status=0)
        self.assertEqual(row["verdict"], "correct")  # the vendor's number of the invoice is not the ledger's
        row, *_ = self.reconcile(focus, "--mapping", mapping, "--invoices", "ledger", kind="focus")
        self.assertEqual(row["verdict"], "not_in_ledger")
        row, *_ = self.reconcile(focus, "--language", "ru", kind="focus")
        self.assertEqual(row["verdict"], "not_in_ledger")
        self.assertRegex(row["message"], "[а-я]{4}")

    def test_days_and_decimals_are_read_as_declared(self):
        def line(begin, end, price="30.00", amount="10.00"):
            return HEADER + f'connect,1,"{price}","{amount}",USD,{begin},{end},1,\n'

        declared = ((line("7/10/2026", "7/20/2026"), ("--dates", "mdy")),
                    (line("10/7/2026", "20/07/26"), ("--dates", "dmy")),
                    (line("2026-07-10", "2026-07-20", "30,00", "10,00"), ("--decimals", "comma")),
                    (line("10.07.2026", "19.07.2026", "30,000", "10,0"),
                     ("--dates", "dmy", "--decimals", "comma", "--ends", "inclusive")))
        for text, arguments in declared:
            row, _ = self.reconcile(text, *arguments, status=0)
            self.assertEqual((row["verdict"], row["arithmetic"], row["explained"]), ("correct", "match", usd("10.00")))
            # Nothing is guessed.
            row, *_ = self.reconcile(text)
            self.assertEqual(row["state"], "refused")
            self.assertTrue(any(argument in row["message"] for argument in arguments), row["message"])
        # The day behind them is billed, but the amount is that of ten.
        row, *_ = self.reconcile(line("2026-07-10", "2026-07-20"), "--ends", "inclusive")
        self.assertEqual((row["verdict"], row["atIssue"]), ("billed_after_unbind", usd("0.00")))

    def test_a_reconciliation_file_of_partner_center(self):
        text = ("OfferId,ChargeType,ChargeStartDate,ChargeEndDate,UnitPrice,Quantity,Amount,Currency\n"
                "seat,Cycle fee,7/1/2026,6/30/2027,100.00,3,300.00,USD\n"
                "seat,Cycle fee,7/1/2026,6/30/2027,100.00,1,100.00,USD\n")
        charged, again, *_ = self.reconcile(text, "--dates", "mdy", kind="partner-center")
        self.assertEqual((charged["verdict"], charged["atIssue"]), ("correct", usd("0.00")))
        self.assertEqual((again["verdict"], again["atIssue"]), ("wrong_quantity", usd("100.00")))

    def test_the_price_book_is_the_vendors(self):
        # 100.00 / 365 = 0.27 a day, if it is rounded there.
        text = HEADER + "seat,3,100.00,8.10,USD,2026-07-01,2026-07-11,,\n"
        row, *_ = self.reconcile(text)
        self.assertEqual((row["arithmetic"], row["verdict"]), ("explained_by_rounding", "correct"))
        self.assertIn("daily-2dp", row["message"])
        book = self.bill('{"rounding":"daily-2dp"}', "book.json")
        row, *_ = self.reconcile(text, "--price-book", book)
        self.assertEqual((row["arithmetic"], row["explained"]), ("match", usd("8.10")))
        self.bill('{"rounding":"up"}', "book.json")
        result = self.ledger.run("reconcile", "--account", "acme", "--bill", self.bill(text), "--bill-format", "csv",
                                 "--price-book", book)
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn("daily-2dp", result.err)

    def test_progress_is_told_to_a_terminal(self):
        keyboard, screen = pty.openpty()
        self.addCleanup(os.close, keyboard)
        bill = self.bill(HEADER + "connect,1,30.00,10.00,USD,2026-07-10,2026-07-20,1,\n")
        process = self.ledger.popen("reconcile", "--account", "acme", "--bill", bill, "--bill-format", "csv",
                                    stdout=subprocess.PIPE, stderr=screen)
        out, _ = process.communicate()
        os.close(screen)
        told = os.read(keyboard, 65536).decode()
        for what in ("read lines: 1", "read events: ", "judge lines: 100 %"):
            self.assertIn(what, told)
        self.assertEqual(len(out.splitlines()), 2)

    def test_lines_are_disputed(self):
        text = (HEADER + "connect,1,30.00,10.00,USD,2026-07-10,2026-07-20,1,\r\n"
                + 'connect,"1",30.00,15.00,USD,2026-07-20,2026-08-04,1,\r\n')
        file = self.ledger.directory / "disputes.jsonl"
        self.reconcile(text, "--disputes", file, "--bill-date", "2026-08-10")
        command = json.loads(file.read_text())
        bill = command["openDispute"]["bill"]
        self.assertEqual((bill["row"], bill["text"]), (3, 'connect,"1",30.00,15.00,USD,2026-07-20,2026-08-04,1,'))
        self.assertEqual(bill["sha256"], hashlib.sha256(text.encode()).hexdigest())
        layout = json.loads(bill["layout"])
        self.assertEqual((layout["format"], layout["header"]), ("csv", HEADER.strip()))
        answer, = self.rows("submit", file)
        self.assertEqual(answer["events"][0]["disputeOpened"]["bill"]["text"], bill["text"])

    def test_disputes_are_opened_once(self):
        file = self.ledger.directory / "again.jsonl"
        self.reconcile(HEADER + "connect,1,30.00,15.00,USD,2026-07-20,2026-08-04,1,\n", "--disputes", file,
                       "--bill-date", "2026-08-10")
        first, = self.rows("submit", file)
        second, = self.rows("submit", file)
        self.assertEqual((second["sequence"], second["replayed"]), (first["sequence"], True))

    def test_the_file_for_disputes_is_looked_at_first(self):
        text = HEADER + "connect,1,30.00,15.00,USD,2026-07-20,2026-08-04,1,\n"
        bill = self.bill(text)
        hard = self.ledger.directory / "hard.csv"
        hard.unlink(missing_ok=True)
        hard.hardlink_to(bill)
        old = self.ledger.directory / "old.jsonl"
        old.write_text("as it was")
        for disputes, status, named in ((bill, 2, "the bill itself"), (hard, 2, "the bill itself"),
                                        ("/nonexistent/x", 1, "No such file"), (self.ledger.directory, 1, "irectory")):
            result = self.ledger.run("reconcile", "--account", "acme", "--bill", bill, "--bill-format", "csv",
                                     "--bill-date", "2026-08-10", "--disputes", disputes)
            self.assertEqual((result.status, result.out), (status, ""), result.err)
            self.assertIn(named, result.err)
            self.assertEqual(bill.read_text(), text)
        for arguments, status, named in ((("--bill-date", "2026-08-10", "--dates", "mdy"), 3, ""), ((), 2, "--bill-date")):
            result = self.ledger.run("reconcile", "--account", "acme", "--bill", bill, "--bill-format", "csv",
                                     "--disputes", old, *arguments)
            self.assertEqual(result.status, status)
            self.assertIn(named, result.err)
        self.assertEqual(old.read_text(), "")
        result = self.ledger.run("reconcile", "--account", "acme", "--bill", "/dev/null", "--bill-format", "csv",
                                 "--bill-date", "2026-08-10", "--disputes", old)
        self.assertEqual(result.status, 2)

    def test_what_cannot_be_disputed_is_named(self):
        file = self.ledger.directory / "long.jsonl"
        result = self.ledger.run("reconcile", "--account", "acme", "--bill",
                                 self.bill(HEADER.strip() + ",description\n"
                                           + f"connect,1,30.00,15.00,USD,2026-07-20,2026-08-04,1,,{'x' * 30000}\n"),
                                 "--bill-format", "csv", "--bill-date", "2026-08-10", "--disputes", file)
        self.assertEqual((result.status, file.read_text()), (3, ""))
        self.assertIn("line 2 cannot be disputed", result.err)

    def test_a_bill_without_lines_has_a_total(self):
        total, = self.reconcile(HEADER, status=0)
        self.assertEqual((total["state"], total["amount"]), ("total", {"amount": "0.00", "currency": "USD"}))

    def test_amounts_that_cannot_be_read_are_told(self):
        *_, total = self.reconcile(HEADER + "connect,1,30.00,much,USD,2026-07-10,2026-07-20,1,\n")
        self.assertIn("the sums lack it", total["message"])

    def test_our_own_statement_by_day_is_as_billed(self):
        statement = self.ok("statement", "--account", "acme", "--period", "2026-07", "--by", "day", "--format", "focus",
                            "--provider", "Acme").out
        rows = self.reconcile(statement, kind="focus")
        self.assertTrue(all(row["verdict"] == "correct" for row in rows
                            if row["line"] and "connect" in row["message"]), rows)

    def test_an_account_of_many_people(self):
        self.done(account("many"), *(register("many", f"p{i}@many.test") for i in range(1200)))
        result = self.ledger.run("reconcile", "--account", "many", "--bill",
                                 self.bill(HEADER + "seat,1,1.00,1.00,USD,2026-07-01,2026-08-01,,p7@many.test\n"),
                                 "--bill-format", "csv")
        self.assertEqual((result.status, result.err), (3, ""))

    def test_csv_is_safe_for_spreadsheets(self):
        result = self.ledger.run("reconcile", "--account", "acme", "--bill",
                                 self.bill(HEADER + "=1+1,1,1.00,-1.00,USD,2026-07-01,2026-08-01,,\n"),
                                 "--bill-format", "csv", "--format", "csv")
        row, total = csv.DictReader(io.StringIO(result.out))
        self.assertEqual((row["amount"], row["amountCurrency"]), ("-1.00", "USD"))
        self.assertNotIn(row["message"][0], "=+-@")

    def test_what_cannot_be_read(self):
        def fails(text, *arguments, kind="csv"):
            result = self.ledger.run("reconcile", "--account", "acme", "--bill", self.bill(text), "--bill-format", kind,
                                     *arguments)
            self.assertEqual((result.status, result.out), (1, ""))
            self.assert_one_line(result.err)
            return result.err

        self.assertIn("columns", fails(""))
        self.assertIn("sku", fails("a,b\n1,2\n"))
        self.assertIn("UTF-16", fails("a,b\n".encode("utf-16")))
        result = self.ledger.run("reconcile", "--account", "acme", "--bill", "nothing.csv", "--bill-format", "csv")
        self.assertEqual(result.status, 1)
        self.assertIn("nothing.csv", result.err)
        for arguments in (("--bill-format", "pdf"), ("--bill-format", "csv", "--dates", "ymd"), (),
                          ("--bill-format", "csv", "--bill-date", "2026-08-01")):
            result = self.ledger.run("reconcile", "--account", "acme", "--bill", self.bill(HEADER), *arguments)
            self.assertEqual(result.status, 2, arguments)

    def test_hostile_cells(self):
        *rows, total = self.reconcile(
            ("\ufeff" + HEADER).encode()
            + b"connect,1,30.00,1.00,USD,2026-07-10,2026-07-11,1,\n"
            + b"con\0nect,1,30.00,2.00,USD,2026-07-10,2026-07-11,1,\n"
            + b"con\xffnect,1,30.00,4.00,USD,2026-07-10,2026-07-11,1,\n"
            + b"\"connect\n\",1,30.00,8.00,USD,2026-07-11,2026-07-12,1,\n")
        self.assertEqual([row["line"] for row in rows if row["line"]], [2, 3, 4, 5])
        self.assertEqual([row["state"] for row in rows if row["line"]], ["judged", "refused", "refused", "judged"])

    def test_whoever_may_not_read_the_account(self):
        self.done(acme(registerUser={"email": "max@acme.test", "password": "a long password"}))
        token = self.ledger.directory / "max.token"
        self.ok("token", "issue", "--account", "acme", "--email", "max@acme.test", "--out", token)
        result = self.ledger.run("reconcile", "--account", "acme", "--bill", self.bill(HEADER), "--bill-format", "csv",
                                 "--token-file", token)
        self.assertEqual(result.status, 1)
        self.assertIn("superAdmin, admin, billing, auditor", result.err)
