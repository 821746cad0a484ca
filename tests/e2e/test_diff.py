"""What was added, removed and changed between two times: a small story, and what diff tells of it."""

import csv
import io

from ledger import LedgerTest, account, at, buy, product, program, register, usd


def acme(**command):
    return {"account": "acme", **command}


def email(name):
    return f"{name}@acme.test"


class Diff(LedgerTest):
    options = ("--clock", "manual")

    @classmethod
    def set_up_ledger(cls):
        cls.done(*at("2026-01-05T09:00:00Z", product("connect")),
                 *at("2026-01-05T10:00:00Z", account("acme"), *buy("acme", "i-1", "connect", 3, "30.00"),
                     register("acme", email("ann")), register("acme", email("bob"))))
        cls.settle()
        # What each event is: by this and not by numbers the test names them.
        cls.named = {}
        cls.tell("bound", "2026-02-02T08:00:00Z", bindLicense={"license": 1, "email": email("ann")})
        cls.tell("queue", "2026-02-10T08:00:00Z", createQueue={"queue": "support", "kind": "call"})
        cls.tell("entered", "2026-02-10T08:00:00Z",
                 addQueueMember={"queue": "support", "email": email("ann"), "role": "agent"})
        cls.tell("granted", "2026-02-11T08:00:00Z", grantRole={"email": email("bob"), "role": "admin"})
        answer, = cls.done(*at("2026-02-12T08:00:00Z",
                               {"changeProduct": {"sku": "connect", "unitPrice": usd("12.00")}}))
        cls.named["priced"] = answer["sequence"]
        cls.tell("renamed", "2026-02-20T08:00:00Z",
                 changeEmail={"email": email("ann"), "newEmail": email("eve")})
        cls.tell("unbound", "2026-03-16T09:00:00Z", unbindLicense={"license": 1})
        cls.tell("given", "2026-03-16T09:02:00Z", bindLicense={"license": 1, "email": email("bob")})
        cls.tell("removed", "2026-03-20T09:00:00Z", removeQueueMember={"queue": "support", "email": email("eve")})
        cls.tell("gone", "2026-03-20T09:00:00Z", removeUser={"email": email("eve")})

    @classmethod
    def tell(cls, name, instant, **command):
        answer, = cls.done(*at(instant, acme(**command)))
        cls.named[name] = answer["sequence"]

    def because(self, *names):
        return sorted(self.named[name] for name in names)

    def diff(self, *arguments):
        """The rows by table, key and member."""
        rows = self.rows("diff", "--account", "acme", *arguments)
        found = {(row["table"], row["key"], row["member"]): row for row in rows}
        self.assertEqual(len(found), len(rows))
        return found

    def assert_row(self, row, change, fields, because):
        self.assertEqual((row["change"], row["because"], row["more"]), (change, because, False))
        told = {name: (sides["before"], sides["after"]) for name, sides in row["fields"].items()}
        self.assertEqual(told, fields)

    def test_a_month_of_changes(self):
        rows = self.diff("--from", "2026-02-01T00:00:00Z", "--to", "2026-03-01T00:00:00Z")
        self.assertEqual(set(rows), {("licenses", "1", None), ("users", email("eve"), None),
                                     ("users", email("bob"), None), ("products", "connect", None),
                                     ("queues", "support", None), ("queues", "support", email("eve"))})
        self.assert_row(rows["licenses", "1", None], "changed",
                        {"status": ("available", "bound"), "email": (None, email("eve"))},
                        self.because("bound", "renamed"))
        self.assert_row(rows["users", email("eve"), None], "changed",
                        {"email": (email("ann"), email("eve")), "licenses": ([], [1])},
                        self.because("bound", "renamed"))
        self.assert_row(rows["users", email("bob"), None], "changed", {"roles": ([], ["admin"])},
                        self.because("granted"))
        self.assert_row(rows["products", "connect", None], "changed",
                        {"available": (3, 2), "bound": (0, 1), "unitPrice": (usd("10.00"), usd("12.00"))},
                        self.because("bound", "priced"))
        self.assert_row(rows["queues", "support", None], "added",
                        {"queue": (None, "support"), "kind": (None, "call"),
                         "createdAt": (None, "2026-02-10T08:00:00.000000Z")}, self.because("queue"))
        self.assert_row(rows["queues", "support", email("eve")], "added",
                        {"email": (None, email("eve")), "role": (None, "agent"),
                         "since": (None, "2026-02-10T08:00:00.000000Z")}, self.because("entered", "renamed"))

    def test_from_one_event_to_another(self):
        rows = self.diff("--from", self.named["renamed"], "--to", self.named["gone"])
        self.assert_row(rows["licenses", "1", None], "changed", {"email": (email("eve"), email("bob"))},
                        self.because("unbound", "given"))
        self.assertEqual(rows["users", email("eve"), None]["change"], "removed")
        self.assertEqual(rows["users", email("eve"), None]["because"], self.because("unbound", "gone"))
        self.assertEqual(rows["queues", "support", email("eve")]["because"], self.because("removed"))
        # One of the two may be an instant, and without a second one it is now.
        self.assertEqual(self.diff("--from", "2026-02-20T08:00:00Z", "--to", self.named["gone"]), rows)
        self.assertEqual(self.diff("--from", self.named["renamed"]), rows)

    def test_what_the_answers_of_both_times_say(self):
        first, second = "2026-02-05T00:00:00Z", "2026-03-18T00:00:00Z"

        def licenses(instant):
            return {row["license"]: row for row in self.rows("query", "licenses", "--account", "acme", "--as-of", instant)}

        then = licenses(first)
        for (table, _, _), row in self.diff("--from", first, "--to", second).items():
            if table != "licenses":
                continue
            for number in range(row["first"], row["last"] + 1):
                for field, sides in row["fields"].items():
                    self.assertEqual(then[number][field], sides["before"])
                    then[number][field] = sides["after"]
        self.assertEqual(then, licenses(second))
        self.assertEqual(self.rows("diff", "--account", "acme", "--from", first, "--to", first), [])

    def test_a_term_that_ends_is_a_change(self):
        issued = next(event["sequence"] for event in self.rows("replay", "--account", "acme")
                      if "licensesIssued" in event)
        rows = self.diff("--from", "2027-01-05T09:59:59.999999Z", "--to", "2027-01-05T10:00:00Z")
        self.assert_row(rows["licenses", "2-3", None], "changed", {"status": ("available", "expired")}, [issued])
        self.assert_row(rows["licenses", "1", None], "changed",
                        {"status": ("bound", "expired"), "email": (email("bob"), None)},
                        sorted([issued, self.named["given"]]))
        self.assert_row(rows["products", "connect", None], "changed",
                        {"available": (2, 0), "bound": (1, 0), "expired": (0, 3)}, [issued])

    def test_the_table_for_people(self):
        lines = self.ok("diff", "--account", "acme", "--from", self.named["renamed"], "--to", self.named["given"],
                        "--format", "table").out.splitlines()
        unbound, given = self.named["unbound"], self.named["given"]
        self.assertEqual([line.split("  ")[0] for line in lines], ["table", "licenses", "users", "users"])
        self.assertEqual(lines[0].split(), ["table", "key", "change", "fields", "because"])
        self.assertRegex(lines[1], rf"^licenses  1 +changed  email: eve@acme.test → bob@acme.test  {unbound}, {given}$")
        # In the order in which they were registered.
        self.assertRegex(lines[2], rf"^users     eve@acme.test +changed  licenses: 1 → – +{unbound}$")
        self.assertRegex(lines[3], rf"^users     bob@acme.test +changed  licenses: – → 1 +{given}$")
        lines = self.ok("diff", "--account", "acme", "--from", self.named["bound"], "--to", self.named["entered"],
                        "--format", "table").out.splitlines()
        self.assertRegex(lines[1], r"^queues  support +added +queue=support kind=call createdAt=2026-02-10 08:00:00Z")
        self.assertRegex(lines[2], r"^queues  support: ann@acme.test  added +email=ann@acme.test role=agent since=")

    def test_csv(self):
        output = self.ok("diff", "--account", "acme", "--from", self.named["unbound"], "--to", self.named["given"],
                         "--format", "csv").out
        rows = list(csv.reader(io.StringIO(output)))
        self.assertEqual(rows[0], ["table", "key", "first", "last", "member", "change", "fields", "because", "more"])
        self.assertEqual(rows[1], ["licenses", "1", "1", "1", "", "changed",
                                   '{"status":{"before":"available","after":"bound"},'
                                   '"email":{"before":null,"after":"bob@acme.test"}}',
                                   f"[{self.named['given']}]", "false"])

    def test_pages(self):
        whole = self.rows("diff", "--account", "acme", "--from", "1")
        self.assertGreater(len(whole), 3)
        first = self.ledger.run("diff", "--account", "acme", "--from", "1", "--limit", "2")
        cursor = first.err.split('"')[3]
        rest = self.rows("diff", "--account", "acme", "--from", "1", "--cursor", cursor)
        self.assertEqual(first.lines + rest, whole)
        other = self.ledger.run("diff", "--account", "acme", "--from", "2", "--cursor", cursor)
        self.assertEqual(other.status, 1)
        self.assertIn("the cursor belongs to another question", other.err)

    def test_what_cannot_be_asked(self):
        last = self.rows("replay")[-1]["sequence"]
        for arguments, status, said in (
                (("--account", "acme", "--from", "9", "--to", "8"), 2, "--to: 8 lies before --from 9"),
                (("--account", "acme", "--from", "2026-02-02T00:00:00Z", "--to", "2026-02-01T00:00:00Z"), 2,
                 "--to: 2026-02-01T00:00:00.000000Z lies before --from 2026-02-02T00:00:00.000000Z"),
                (("--account", "acme", "--from", str(last), "--to", "2026-02-01T00:00:00Z"), 1, "lies after"),
                (("--account", "acme", "--from", "yesterday"), 2, "--from: 'yesterday' is neither a sequence"),
                (("--account", "acme", "--from", "0"), 2, "--from: '0' is neither a sequence"),
                (("--account", "acme"), 2, "--from is required"),
                (("--account", "acmee", "--from", "1"), 1, "there is no account acmee"),
                (("--account", "acme", "--from", "1", "--to", str(last + 1)), 1, f"{last + 1}")):
            with self.subTest(arguments):
                result = self.ledger.run("diff", *arguments)
                self.assertEqual((result.status, result.out), (status, ""), result.err)
                self.assert_one_line(result.err)
                self.assertIn(said, result.err)

    def test_who_may_ask(self):
        self.done({"account": "acme", "setPassword": {"email": email("bob"), "password": "a word for the diff"}},
                  register("acme", email("dan")),
                  {"account": "acme", "setPassword": {"email": email("dan"), "password": "a word for the diff"}})
        for name, status in (("bob", 0), ("dan", 1)):
            token = str(self.ledger.directory / f"{name}.token")
            login = program("login", "--account", "acme", "--email", email(name), "--out", token,
                            stdin="a word for the diff\n", environment=self.ledger.environment)
            self.assertEqual(login.status, 0, login.err)
            asked = self.ledger.run("diff", "--account", "acme", "--from", "1", "--token-file", token)
            self.assertEqual(asked.status, status, asked.err)
            self.assertEqual(asked.err.startswith("seatledger: role_required:"), status == 1, asked.err)
