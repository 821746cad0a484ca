"""Commands in, answers out: an answer a line, in order, whatever the lines are."""

import json
import subprocess

from ledger import PATIENCE, PROGRAM, LedgerTest, account, product, register


class Submit(LedgerTest):
    @classmethod
    def set_up_ledger(cls):
        cls.done(product("connect"), account("acme"))

    def submit(self, text, *arguments):
        return self.ledger.run("submit", *arguments, stdin=text)

    def last_sequence(self):
        return self.rows("replay")[-1]["sequence"]

    def test_every_line_is_tried_and_answered_in_order(self):
        lines = [json.dumps(register("acme", "ann@acme.test")), "", "nonsense", '{"account":"acme"}',
                 json.dumps(register("acme", "ann@acme.test")), "   ",
                 '{"account":"acme","registerUser":{"email":"x@acme.test","shoeSize":42}}',
                 json.dumps(register("acme", "bob@acme.test"))]
        result = self.submit("\n".join(lines))
        self.assertEqual(result.status, 3)
        answers = result.lines
        self.assertEqual(len(answers), 6)
        self.assertIn("userRegistered", answers[0]["events"][0])
        self.assertEqual([answer.get("line") for answer in answers], [None, 3, 4, None, 7, None])
        self.assertEqual(answers[3]["rejected"], "email_must_be_new")
        self.assertIn("shoeSize", answers[4]["error"])
        self.assertEqual(answers[5]["events"][0]["userRegistered"]["email"], "bob@acme.test")

    def test_a_request_id_is_done_once(self):
        command = {**register("acme", "once@acme.test"), "requestId": "once-1"}
        first = self.done(command)[0]
        before = self.last_sequence()
        again = self.done(command, command)
        self.assertEqual(again, [{**first, "replayed": True}] * 2)
        self.assertEqual(self.last_sequence(), before)

        other = self.submit(json.dumps({**register("acme", "other@acme.test"), "requestId": "once-1"}))
        self.assertEqual((other.status, other.lines[0]["rejected"]), (3, "request_id_reused"))
        self.assertEqual(self.last_sequence(), before)

    def test_a_rejected_command_leaves_no_trace(self):
        before = self.last_sequence()
        result = self.submit('{"account":"acme","bindLicense":{"sku":"connect","email":"nobody@acme.test"}}\n')
        self.assertEqual((result.status, result.err), (3, ""))
        self.assertEqual(result.lines[0]["rejected"], "user_must_be_registered")
        self.assertEqual(self.last_sequence(), before)

    def test_many_commands_in_one_file(self):
        count = 5_000
        file = self.ledger.directory / "many.jsonl"
        file.write_text("".join(json.dumps(register("acme", f"many-{i}@acme.test")) + "\n" for i in range(count)))
        answers = self.ok("submit", file).lines
        emails = [answer["events"][0]["userRegistered"]["email"] for answer in answers]
        self.assertEqual(emails, [f"many-{i}@acme.test" for i in range(count)])

    def test_who_types_gets_each_answer_at_once(self):
        process = self.ledger.popen("submit", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for i in range(3):
            process.stdin.write(json.dumps(register("acme", f"typed-{i}@acme.test")) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            self.assertEqual(answer["events"][0]["userRegistered"]["email"], f"typed-{i}@acme.test")
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), 0)
        process.stdout.close()

    def test_sentences_for_people(self):
        result = self.submit(json.dumps(register("acme", "words@acme.test")) + "\n{}\n", "--format", "table")
        self.assertEqual(result.status, 3)
        done, error = result.out.splitlines()
        self.assertRegex(done, r'^done \d+ userRegistered email=words@acme.test name=Words language=en$')
        self.assertRegex(error, r"^error line 2: ")

    def test_a_dry_run_appends_nothing(self):
        before = self.last_sequence()
        rows = [{"sku": "connect", "email": "boss@acme.test"}]
        result = self.submit(json.dumps({"account": "acme", "bindLicenses": {"rows": rows, "dryRun": True}}))
        self.assertEqual(result.status, 3)
        self.assertEqual(result.lines[0]["rows"][0]["rejected"], "no_license_available")
        self.assertEqual(self.last_sequence(), before)

    def test_nothing_is_no_mistake(self):
        result = self.submit("")
        self.assertEqual((result.status, result.out, result.err), (0, "", ""))

    def test_a_file_that_is_not_there(self):
        result = self.ledger.run("submit", self.ledger.directory / "none.jsonl")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assert_one_line(result.err)

    def test_a_text_that_is_no_utf8_is_told_in_utf8(self):
        process = subprocess.run([PROGRAM, "submit"], input=b'{"\xff":1}\n', capture_output=True,
                                 timeout=PATIENCE, env=self.ledger.environment)
        self.assertEqual(process.returncode, 3)
        self.assertEqual(json.loads(process.stdout.decode())["line"], 1)
