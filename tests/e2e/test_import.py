"""What another program knows, brought in once, however often that is asked for."""

import json

from ledger import FIXTURES, LedgerTest, event_name

SOURCE = ("import", "snipe-it", "--account", "imported", "--licenses", FIXTURES / "snipeit-licenses.csv", "--users",
          FIXTURES / "snipeit-users.csv", "--name", "Imported Ltd", "--super-admin", "admin@example.com")


class Import(LedgerTest):
    def run_import(self, *options):
        return self.ledger.run(*SOURCE, *options)

    def test_an_import_is_done_once(self):
        strict = self.run_import("--strict")
        self.assertEqual((strict.status, strict.out), (3, ""))
        self.assertEqual(self.rows("replay"), [])

        planned = self.run_import("--dry-run")
        self.assertEqual(planned.status, 0)
        self.assertTrue(all(json.loads(line)["requestId"] for line in planned.out.splitlines()))
        self.assertEqual(self.rows("replay"), [])

        first = self.run_import()
        self.assertEqual(first.status, 0, first.err)
        refused = first.err.splitlines()
        self.assertGreater(len(refused), 5)
        for line in refused:
            self.assertRegex(line, r"^\S*snipeit-(licenses|users)\.csv:\d+: \S")
        summary = first.lines[0]
        self.assertEqual(summary["refused"], len(refused))
        self.assertEqual(summary["commands"], len(planned.out.splitlines()))
        self.assertEqual(summary["done"], summary["commands"])

        events = self.rows("replay")
        self.assertIn("importEnded", [event_name(event) for event in events])
        licenses = self.rows("query", "licenses", "--account", "imported")
        self.assertEqual(len(licenses), summary["seats"])
        self.assertIn("ann@acme.test", [license["email"].lower() for license in licenses if license["email"]])

        second = self.run_import()
        self.assertEqual((second.status, second.err), (0, first.err))
        self.assertEqual((second.lines[0]["done"], second.lines[0]["there"]), (0, summary["commands"]))
        self.assertEqual(self.rows("replay"), events)

    def test_a_file_that_is_not_there(self):
        result = self.ledger.run("import", "snipe-it", "--account", "acme", "--licenses", "none.csv")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assert_one_line(result.err)
        self.assertIn("none.csv", result.err)
