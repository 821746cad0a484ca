"""What another program knows, brought in once, however often that is asked for."""

import json

from ledger import FIXTURES, LedgerTest, event_name

SOURCE = ("import", "snipe-it", "--account", "imported", "--licenses", FIXTURES / "snipeit-licenses.csv", "--name",
          "Imported Ltd", "--super-admin", "admin@example.com")


class Import(LedgerTest):
    def run_import(self, *options):
        return self.ledger.run(*SOURCE, "--users", FIXTURES / "snipeit-users.csv", *options)

    def test_an_import_is_done_once(self):
        strict = self.run_import("--strict")
        self.assertEqual((strict.status, strict.out), (3, ""))
        self.assertEqual(self.rows("replay"), [])

        planned = self.run_import("--dry-run")
        self.assertEqual(planned.status, 0)
        self.assertTrue(all(json.loads(line)["requestId"] for line in planned.out.splitlines()))
        self.assertEqual(self.rows("replay"), [])

        # One row licenses a product to somebody who has it already, which is for the ledger to reject.
        first = self.run_import()
        self.assertEqual(first.status, 3, first.err)
        *refused, rejected = first.err.splitlines()
        self.assertRegex(rejected, r"^\S*snipeit-licenses\.csv:8: .*: user_must_not_hold_product: ")
        self.assertGreater(len(refused), 5)
        for line in refused:
            self.assertRegex(line, r"^\S*snipeit-(licenses|users)\.csv:\d+: \S")
        summary = first.lines[0]
        self.assertEqual(summary["refused"], len(refused))
        self.assertEqual(summary["commands"], len(planned.out.splitlines()))
        self.assertEqual((summary["done"], summary["rejected"]), (summary["commands"] - 1, 1))

        events = self.rows("replay")
        self.assertIn("importEnded", [event_name(event) for event in events])
        licenses = self.rows("query", "licenses", "--account", "imported")
        self.assertEqual(len(licenses), summary["seats"])
        self.assertEqual([license["email"] for license in licenses if license["status"] == "bound"],
                         ["cleo@example.com"])  # until 2030; the others have expired since

        second = self.run_import()
        self.assertEqual((second.status, second.err.splitlines()[:-1]), (3, refused))
        self.assertEqual((second.lines[0]["done"], second.lines[0]["there"]), (0, summary["commands"] - 1))
        self.assertEqual(self.rows("replay"), events)

    def test_rows_that_are_left_out_are_no_failure(self):
        file = self.ledger.directory / "licenses.csv"
        header, *rows = (FIXTURES / "snipeit-licenses.csv").read_text().splitlines(keepends=True)
        file.write_text(header + next(row for row in rows if ",Mapper,A-10," in row) +
                        next(row for row in rows if ",A-9," in row))
        result = self.ledger.run("import", "snipe-it", "--account", "small", "--licenses", file)
        self.assertEqual(result.status, 0, result.err)
        self.assertRegex(result.err, r"^\S*licenses\.csv:2: .*seats")
        self.assertEqual(result.lines[0]["rows"], 1)

    def test_a_file_that_is_not_there(self):
        result = self.ledger.run("import", "snipe-it", "--account", "acme", "--licenses", "none.csv")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assert_one_line(result.err)
        self.assertIn("none.csv", result.err)


class ImportAgain(LedgerTest):
    def run_import(self, users):
        return self.ledger.run(*SOURCE, "--users", users).lines[0]["done"]

    def test_only_who_is_new_is_registered(self):
        users = FIXTURES / "snipeit-users.csv"
        self.run_import(users)
        self.done({"account": "imported", "removeUser": {"email": "emile@acme.test"}},
                  {"account": "imported", "erasePerson": {"email": "bob@example.com"}})
        events = self.rows("replay")
        self.assertEqual(self.run_import(users), 0)
        self.assertEqual(self.rows("replay"), events)

        more = self.ledger.directory / "users.csv"
        header, *rows = users.read_text().splitlines(keepends=True)
        more.write_text(header + "Zoe,Zed,zoe@acme.test,zoe,true,\n" + "".join(rows[:-1]))
        self.assertEqual(self.run_import(more), 1)
        (registered,) = self.rows("replay")[len(events):]
        self.assertEqual(registered["userRegistered"]["email"], "zoe@acme.test")
