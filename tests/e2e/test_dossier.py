"""A dossier about a disputed line, from the ledger to somebody who has none."""

import hashlib
import itertools
import json
import pathlib
import re
import shutil

from ledger import LedgerTest, account, at, buy, product, program, register, usd

HEADER = "sku,quantity,unitPrice,amount,currency,start,end,license,email\n"
LAYOUT = json.dumps({"format": "csv", "header": HEADER.strip()})


HOURS = itertools.count()


def acme(**command):
    return {"account": "acme", **command}


def later(**command):
    """An hour after whatever was before: tests share the account, in any order."""
    day, hour = divmod(next(HOURS), 24)
    return acme(**command, at=f"2026-09-{day + 1:02}T{hour:02}:00:00Z")


def dispute(record, row, claim="We did not have it.", layout=LAYOUT, **more):
    bill = {"sha256": hashlib.sha256(record.encode()).hexdigest(), "row": row, "text": record}
    if layout:
        bill["layout"] = layout
    return later(openDispute={"claim": claim, "bill": bill, **more})


class Dossier(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        # In Lisbon, an hour ahead of UTC in summer.
        cls.done(*at("2026-06-01T09:00:00Z", product("connect", billing="assigned", term="P30D", unitPrice=usd("30.00")),
                     product("seat", term="P1Y", unitPrice=usd("100.00")),
                     product("center", billing="membership", term="P1M", unitPrice=usd("31.00")),
                     account("acme", timeZone="Europe/Lisbon"), account("other"),
                     register("acme", "ann@acme.test"), register("acme", "bob@acme.test"),
                     register("acme", "eve@acme.test"), register("other", "ann@acme.test")),
                 *at("2026-06-30T23:30:00Z", *buy("acme", "i-1", "connect", 3, "90.00"),
                     *buy("acme", "i-2", "seat", 3, "300.00"), *buy("other", "i-1", "connect", 3, "90.00")),
                 *at("2026-07-10T08:00:00Z", acme(bindLicense={"license": 1, "email": "ann@acme.test"}),
                     acme(bindLicense={"license": 4, "email": "bob@acme.test"})),
                 *at("2026-07-11T08:00:00Z", acme(createQueue={"queue": "support", "kind": "call"}),
                     acme(addQueueMember={"queue": "support", "email": "eve@acme.test", "role": "agent"})),
                 *at("2026-07-12T08:00:00Z", acme(bindLicense={"license": 3, "email": "eve@acme.test"})),
                 *at("2026-07-14T08:00:00Z", acme(unbindLicense={"license": 3})),
                 *at("2026-07-15T08:00:00Z", acme(bindLicense={"license": 2, "email": "bob@acme.test"})),
                 *at("2026-07-19T08:00:00Z", acme(unbindLicense={"license": 1})),
                 *at("2026-08-01T08:00:00Z", acme(changeEmail={"email": "ann@acme.test", "newEmail": "ana@acme.test"}),
                     acme(changeEmail={"email": "bob@acme.test", "newEmail": "ann@acme.test"})))
        cls.disputed = {name: n for n, (name, command) in enumerate({
            "unbound": dispute("connect,1,30.00,15.00,USD,2026-07-10,2026-07-25,1,", 2, invoice="i-1", line=1),
            "person": dispute("connect,1,30.00,20.00,USD,2026-07-10,2026-07-30,,ann@acme.test", 3),
            "several": dispute("connect,2,30.00,60.00,USD,2026-07-01,2026-07-31,,", 4),
            "purchased": dispute("seat,3,120.00,360.00,USD,2026-07-01,2027-07-01,,", 5),
            "bound": dispute("seat,1,100.00,100.00,USD,2026-07-01,2027-07-01,4,", 6),
            "queue": dispute("center,1,31.00,21.00,USD,2026-07-11,2026-08-01,,eve@acme.test", 7),
            "all queues": dispute("center,2,31.00,62.00,USD,2026-07-01,2026-08-01,,", 8),
            "invoice": later(openDispute={"invoice": "i-2", "line": 1, "claim": "Two, not three."}),
            "nothing": dispute("nothing,2,31.00,62.00,USD,2026-07-01,2026-08-01,,", 9),
            "nobody": dispute("connect,1,30.00,20.00,USD,2026-07-10,2026-07-30,,joe@acme.test", 10),
            "bad": dispute("connect,1,30.00,much,USD,2026-07-10,2026-07-30,,", 11),
            "no layout": dispute("connect,1,30.00,20.00,USD,2026-07-10,2026-07-30,1,", 2, layout=None),
            "long": dispute("connect,1,30.00,20.00,USD,0001-01-01,9999-12-31,,", 13),
        }.items(), 1) for _ in cls.done(command)}
        cls.key = cls.ledger.run("vkey").out.strip()

    def setUp(self):
        self.folder = self.ledger.directory / re.sub(r"\W", "-", self.id())
        self.folder.mkdir()
        self.addCleanup(shutil.rmtree, self.folder)

    def make(self, name, *arguments, folder="dossier"):
        out = self.folder / folder
        self.ok("dossier", "--account", "acme", "--dispute", self.disputed[name], "--out", out, *arguments)
        return out

    def verify(self, folder, *arguments):
        """Without a server."""
        return program("verify-dossier", folder, *arguments)

    def verified(self, folder):
        result = self.verify(folder, "--key", self.key)
        self.assertEqual((result.status, result.err), (0, ""), result.out)
        return json.loads((folder / "dossier.json").read_text())

    def refused(self, folder, *arguments):
        result = self.verify(folder, *(arguments or ("--key", self.key)))
        self.assertEqual((result.status, result.out), (3, ""), result.err)
        self.assert_one_line(result.err)
        return result.err

    def test_every_dispute_has_its_verdict(self):
        for name, verdict in {"unbound": "billed_after_unbind", "person": "billed_after_unbind",
                              "several": "billed_after_unbind", "purchased": "wrong_price", "bound": "correct",
                              "queue": "still_in_queue", "all queues": "still_in_queue", "invoice": "correct",
                              "nothing": "not_in_ledger", "nobody": "unknown_seat"}.items():
            with self.subTest(name):
                dossier = self.verified(self.make(name, folder=name))
                self.assertEqual(dossier["verdict"]["verdict"], verdict, dossier["verdict"])
                self.assertEqual(len(dossier["otherRules"]), 7)
                cited = {event["sequence"] for event in dossier["events"]}
                self.assertLessEqual(set(dossier["verdict"]["because"]), cited)

    def test_days_and_events(self):
        dossier = self.verified(self.make("unbound"))
        days = {day["day"]: day for day in dossier["calendar"]}
        self.assertEqual((min(days), max(days), len(days)), ("2026-07-01", "2026-07-31", 31))
        billed = [day for day in days if days[day]["billed"] == "1"]
        self.assertEqual((billed[0], billed[-1], len(billed)), ("2026-07-10", "2026-07-24", 15))
        bound = [day for day in days if days[day]["bound"]]
        self.assertEqual((bound[0], bound[-1], len(bound)), ("2026-07-10", "2026-07-19", 10))
        self.assertEqual([day for day in days if days[day]["covered"]], bound)
        events = {event["sequence"]: event for event in dossier["events"]}
        names = [next(key for key in events[n]["event"] if key.startswith("license")) for n in days["2026-07-19"]["events"]]
        self.assertEqual(names, ["licenseUnbound"])
        self.assertEqual(dossier["remedy"]["amount"]["amount"], "5.00")
        self.assertEqual(dossier["remedy"]["command"]["creditInvoice"]["invoice"], "i-1")
        history = {row["sequence"]: row for row in self.rows("replay", "--account", "acme")}
        for sequence, event in events.items():
            if event["event"]["account"]:
                self.assertEqual(event["event"], history[sequence])
        # Of other accounts, products and licenses there is nothing.
        self.assertFalse({"i-2", "other"} & {text for event in events.values()
                                             for text in re.findall('"([^"]*)"', json.dumps(event["event"]))})

    def test_what_is_not_known(self):
        gaps = {gap["gap"] for gap in self.verified(self.make("unbound"))["gaps"]}
        self.assertEqual(gaps, {"judgedAlone", "eventsChosen"})
        gaps = {gap["gap"] for gap in self.verified(self.make("purchased", folder="purchased"))["gaps"]}
        self.assertIn("daysAhead", gaps)
        for name in ("bad", "no layout", "long"):
            dossier = self.verified(self.make(name, folder=name))
            self.assertIsNone(dossier["verdict"])
            self.assertIn("lineUnread", {gap["gap"] for gap in dossier["gaps"]})
            self.assertTrue(dossier["line"]["unread"], name)
            self.assertEqual(dossier["remedy"]["remedy"], "undecided")

    def test_it_is_the_same_byte_for_byte(self):
        first = self.make("several", folder="first")
        # What happens later is not in it.
        self.done(later(addEvidence={"dispute": self.disputed["bad"], "note": "Later."}))
        second = self.make("several", folder="second")
        names = sorted(path.name for path in first.iterdir())
        self.assertEqual(names, sorted(path.name for path in second.iterdir()))
        for name in names:
            self.assertEqual((first / name).read_bytes(), (second / name).read_bytes(), name)
        self.assertTrue(all(path.is_file() for path in first.iterdir()))

    def test_nothing_of_it_can_be_changed(self):
        folder = self.make("unbound")
        for path in sorted(folder.iterdir()):
            whole = path.read_bytes()
            # Every byte of a file, as far as that takes no hours.
            for at_byte in range(0, len(whole), 1 + len(whole) // 25):
                changed = bytearray(whole)
                changed[at_byte] ^= 1
                path.write_bytes(changed)
                with self.subTest(f"{path.name}, byte {at_byte}"):
                    self.refused(folder)
            for text in (whole[:-1], whole + b"\n", b""):
                path.write_bytes(text)
                self.refused(folder)
            path.unlink()
            self.assertIn(path.name, self.refused(folder))
            path.write_bytes(whole)
        self.verified(folder)
        (folder / "more.txt").write_text("x")
        self.assertIn("more.txt", self.refused(folder))
        (folder / "more.txt").unlink()
        (folder / "more").mkdir()
        self.assertIn("more", self.refused(folder))
        (folder / "more").rmdir()
        self.verified(folder)

    def test_a_number_that_was_changed_is_named(self):
        folder = self.make("unbound")
        path = folder / "dossier.json"
        path.write_text(path.read_text().replace('"atIssue": {\n      "amount": "5.00"', '"atIssue": {\n      "amount": "9.00"'))
        said = self.refused(folder)
        self.assertIn("9.00", said)
        self.assertIn("5.00", said)

    def test_events_cannot_be_left_out_unnoticed(self):
        """Unless the rest is made anew as well: what the verdict names and the page shows is then missing."""
        folder = self.make("unbound")
        path = folder / "dossier.json"
        dossier = json.loads(path.read_text())
        # It is refused for what is left out, not for how it is written.
        self.assertEqual(json.dumps(dossier, indent=2, ensure_ascii=False) + "\n", path.read_text())
        sequence = dossier["verdict"]["because"][-1]
        dossier["events"] = [event for event in dossier["events"] if event["sequence"] != sequence]
        path.write_text(json.dumps(dossier, indent=2, ensure_ascii=False) + "\n")
        (folder / f"{sequence}.event").unlink()
        (folder / f"{sequence}.tlog-proof").unlink()
        self.assertIn("from the events follows", self.refused(folder))

    def test_keys(self):
        folder = self.make("unbound")
        result = self.verify(folder)
        self.assertEqual(result.status, 0)
        self.assertIn("its own key only", result.out)
        self.assertNotIn("its own key only", self.verify(folder, "--key", self.key).out)
        other = "ledger.test+d4d4d4d4+AZcc+nothing"
        self.assertEqual(self.verify(folder, "--key", other).status, 1)
        name, _, key = self.key.split("+", 2)
        self.assertEqual(self.verify(folder, "--key", f"{name}+00000000+{key}").status, 1)
        self.assertEqual(self.verify(folder, "--key", "").status, 1)

    def test_proofs_are_those_of_others_too(self):
        folder = self.make("unbound")
        entry = next(path for path in sorted(folder.iterdir()) if path.suffix == ".event")
        result = program("verify", "--proof", entry.with_suffix(".tlog-proof"), "--entry", entry, "--key", self.key)
        self.assertEqual(result.status, 0, result.err)

    def test_languages(self):
        for language, words in {"ru": "Спор", "pt": "Contestação"}.items():
            folder = self.make("unbound", "--language", language, folder=language)
            dossier = self.verified(folder)
            self.assertEqual(dossier["language"], language)
            page = (folder / "dossier.html").read_text()
            self.assertIn(f'lang="{language}', page)
            self.assertIn(dossier["verdict"]["verdict"], page)
            self.assertIn(words, page)

    def test_by_the_vendors_rules(self):
        book = self.folder / "book.json"
        book.write_text('{"rounding":"daily-2dp","end":"inclusive"}')
        dossier = self.verified(self.make("unbound", "--price-book", book))
        self.assertEqual(dossier["priceBook"], {"rounding": "daily-2dp", "end": "inclusive"})

    def test_layout_that_the_dispute_does_not_say(self):
        record = "connect,1,30.00,20.00,USD,2026-07-10,2026-07-30,1,"
        bill = self.folder / "bill.csv"
        bill.write_text(HEADER + record + "\n")
        opened, = self.done(dispute(record, 2, layout=None) | {"openDispute": {
            "claim": "No.", "bill": {"sha256": hashlib.sha256(bill.read_bytes()).hexdigest(), "row": 2, "text": record}}})
        number = opened["events"][0]["disputeOpened"]["dispute"]
        arguments = ("dossier", "--account", "acme", "--dispute", number, "--bill-format", "csv")
        out = self.folder / "out"
        self.ok(*arguments, "--bill", bill, "--out", out)
        dossier = self.verified(out)
        self.assertEqual(dossier["verdict"]["verdict"], "billed_after_unbind")
        self.assertIn("layoutDeclared", {gap["gap"] for gap in dossier["gaps"]})
        other = self.folder / "other.csv"
        other.write_text(HEADER)
        result = self.ledger.run(*arguments, "--bill", other, "--out", self.folder / "none")
        self.assertEqual(result.status, 1)
        self.assertIn("SHA-256", result.err)
        self.assertFalse((self.folder / "none").exists())

    def test_with_the_whole_bill_a_line_is_judged_among_the_others(self):
        record = "connect,1,30.00,10.00,USD,2026-07-10,2026-07-20,1,"
        bill = self.folder / "bill.csv"
        bill.write_text(HEADER + record + "\n" + record + "\n")
        opened, = self.done(later(openDispute={"claim": "Twice.", "bill": {
            "sha256": hashlib.sha256(bill.read_bytes()).hexdigest(), "row": 3, "text": record, "layout": LAYOUT}}))
        number = opened["events"][0]["disputeOpened"]["dispute"]
        arguments = ("dossier", "--account", "acme", "--dispute", number, "--out")
        self.ok(*arguments, self.folder / "alone")
        alone = self.verified(self.folder / "alone")
        self.assertEqual(alone["verdict"]["verdict"], "correct")
        self.assertIn("judgedAlone", {gap["gap"] for gap in alone["gaps"]})
        self.assertNotIn("the line stands", (self.folder / "alone" / "dossier.html").read_text())
        self.ok(*arguments, self.folder / "whole", "--bill", bill)
        whole = self.verified(self.folder / "whole")
        self.assertEqual((whole["verdict"]["verdict"], whole["verdict"]["atIssue"]["amount"], whole["line"]["billLines"]),
                         ("duplicate", "10.00", 2))
        self.assertNotIn("judgedAlone", {gap["gap"] for gap in whole["gaps"]})
        (self.folder / "whole" / "bill").write_text(HEADER + record + "\n")
        self.assertIn("bill", self.refused(self.folder / "whole"))
        (self.folder / "whole" / "bill").unlink()
        self.assertIn("bill", self.refused(self.folder / "whole"))
        # Another one, and one whose line stands elsewhere.
        bill.write_text(HEADER + record + "\n")
        result = self.ledger.run(*arguments, self.folder / "none", "--bill", bill)
        self.assertEqual((result.status, (self.folder / "none").exists()), (1, False))
        self.assertIn("SHA-256", result.err)
        result = self.ledger.run(*arguments, self.folder / "none", "--bill", bill, "--bill-format", "csv")
        self.assertEqual(result.status, 1)
        self.assertIn("leave out --bill-format", result.err)

    def test_no_other_key_can_be_written_into_it(self):
        folder = self.make("unbound")
        other = self.key[:-4] + "AAA="
        for name in ("dossier.json", "dossier.html"):
            path = folder / name
            path.write_text(path.read_text().replace(self.key, other))
        self.assertIn("key", self.refused(folder))

    def test_a_layout_is_not_declared_over_that_of_the_dispute(self):
        folder = self.make("unbound")
        path = folder / "dossier.json"
        swapped = json.dumps({"format": "csv", "header": HEADER.strip().replace("amount,currency", "currency,amount")})
        path.write_text(path.read_text().replace('"layoutDeclared": null', '"layoutDeclared": ' + json.dumps(swapped)))
        self.assertIn("declare", self.refused(folder))

    def test_what_was_credited_otherwise_is_not_credited_twice(self):
        record = "seat,3,120.00,360.00,USD,2026-07-01,2027-07-01,,"
        bill = {"sha256": hashlib.sha256(record.encode()).hexdigest(), "row": 41, "text": record, "layout": LAYOUT}
        self.done(*at(later()["at"], *buy("acme", "i-9", "seat", 3, "300.00")),
                  later(creditInvoice={"invoice": "i-9", "line": 1, "quantity": 0, "amount": usd("20.00"),
                                       "reason": "goodwill"}))
        opened, = self.done(later(openDispute={"claim": "Too dear.", "invoice": "i-9", "line": 1, "bill": bill}))
        self.disputed["otherwise"] = opened["events"][0]["disputeOpened"]["dispute"]
        remedy = self.verified(self.make("otherwise"))["remedy"]
        self.assertEqual((remedy["remedy"], remedy["command"], remedy["noCommand"]), ("credit", None, "creditedOtherwise"))
        self.assertEqual(remedy["creditedOtherwise"]["amount"], "20.00")

    def test_what_was_credited(self):
        record = "connect,1,30.00,15.00,USD,2026-07-10,2026-07-25,1,"
        opened, = self.done(dispute(record, 77, invoice="i-1", line=1))
        number = opened["events"][0]["disputeOpened"]["dispute"]
        self.disputed["credited"] = number
        command = self.verified(self.make("credited", folder="before"))["remedy"]["command"]
        self.done(later(creditInvoice=command["creditInvoice"]),
                  later(resolveDispute={"dispute": number, "verdict": "accepted"}))
        dossier = self.verified(self.make("credited", folder="after"))
        self.assertEqual((dossier["remedy"]["remedy"], dossier["remedy"]["credited"]["amount"]), ("done", "5.00"))
        self.assertTrue(dossier["dispute"]["resolved"])

    def test_what_a_credit_takes_back_is_in_it(self):
        record = "seat,3,120.00,360.00,USD,2026-07-01,2027-07-01,,"
        opened, = self.done(dispute(record, 78, invoice="i-2", line=1))
        self.disputed["revoked"] = opened["events"][0]["disputeOpened"]["dispute"]
        answer, = self.done(later(creditInvoice={"invoice": "i-2", "line": 1, "quantity": 2, "amount": usd("40.00"),
                                                 "reason": "two", "dispute": self.disputed["revoked"]}))
        names = [[name for name in ("invoiceCredited", "licensesRevoked") if name in event] for event in answer["events"]]
        self.assertEqual(names[0], ["invoiceCredited"])
        self.assertTrue(len(names) > 1 and all(of == ["licensesRevoked"] for of in names[1:]), names)
        dossier = self.verified(self.make("revoked"))
        self.assertEqual(dossier["log"]["size"], answer["events"][-1]["sequence"])
        self.assertEqual(dossier["remedy"]["creditedBy"], [answer["events"][0]["sequence"]])

    def test_the_erased(self):
        self.done(later(registerUser={"email": "zoe@acme.test"}),
                  later(bindLicense={"license": 5, "email": "zoe@acme.test"}), later(unbindLicense={"license": 5}),
                  dispute("seat,1,100.00,100.00,USD,2026-07-01,2027-07-01,5,", 99))
        self.disputed["erased"] = self.rows("query", "disputes", "--account", "acme")[-1]["dispute"]
        before = self.make("erased", folder="before")
        self.assertIn(b"zoe@acme.test", (before / "dossier.json").read_bytes())
        self.done(later(removeUser={"email": "zoe@acme.test"}), later(erasePerson={"email": "zoe@acme.test"}))
        after = self.make("erased", folder="after")
        dossier = self.verified(after)
        self.assertIn("textErased", {gap["gap"] for gap in dossier["gaps"]})
        for path in after.iterdir():
            self.assertNotIn(b"zoe", path.read_bytes())
        # What was made before is what it was.
        self.verified(before)

    def test_mistakes(self):
        result = self.ledger.run("dossier", "--account", "acme", "--dispute", 999, "--out", self.folder / "none")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn("no dispute 999", result.err)
        self.assertFalse((self.folder / "none").exists())
        result = self.ledger.run("dossier", "--account", "acme", "--dispute", 1, "--out", pathlib.Path("/"))
        self.assertEqual(result.status, 1)
        self.assertIn("lies", result.err)
        for arguments in (("--dispute", 1), ("--out", "x"), ("--dispute", 0, "--out", "x"),
                          ("--dispute", 1, "--out", "x", "--language", "de"),
                          ("--dispute", 1, "--out", "x", "--bill-format", "csv")):
            result = self.ledger.run("dossier", "--account", "acme", *arguments)
            self.assertEqual(result.status, 2, arguments)
        self.assertEqual(program("verify-dossier", self.folder / "none").status, 1)
        result = self.ledger.run("dossier", "--account", "acme", "--dispute", 1, "--out", self.folder / "a" / "b")
        self.assertEqual(result.status, 1)
        self.assertFalse((self.folder / "a").exists())
