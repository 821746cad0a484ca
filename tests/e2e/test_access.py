"""Log-ins, tokens and roles, by the program from outside."""

import os
import pathlib
import pty
import select
import signal
import stat
import subprocess
import termios

from ledger import PATIENCE, PROGRAM, LedgerTest, account, buy, event_name, product, program, register

PASSWORD = "correct horse battery"


def set_password(email, password=PASSWORD):
    return {"account": "acme", "setPassword": {"email": email, "password": password}}


class Access(LedgerTest):
    @classmethod
    def set_up_ledger(cls):
        cls.done(product("connect"), account("acme"), register("acme", "ann@acme.test"),
                 {"account": "acme", "registerUser": {"email": "carl@acme.test", "password": PASSWORD}},
                 *buy("acme", "a-1", "connect", 3, "30.00"), set_password("boss@acme.test"), set_password("ann@acme.test"))

    def setUp(self):
        self.files = self.ledger.directory / self.id().rpartition(".")[2]
        self.files.mkdir()

    def login(self, email, out, password=PASSWORD, *options):
        return program("login", "--account", "acme", "--email", email, "--out", out, *options, stdin=password + "\n",
                       environment={"SEATLEDGER_SERVER": self.ledger.address})

    def logged_in(self, email):
        """The file with the token."""
        out = self.files / f"{email.partition('@')[0]}.token"
        result = self.login(email, out)
        self.assertEqual(result.status, 0, result.err)
        return out

    def run_as(self, token, *arguments, stdin=""):
        return self.ledger.run(*arguments, "--token-file", token, stdin=stdin)

    def assert_refused(self, result, part, status=1):
        self.assertEqual((result.status, result.out), (status, ""), result.err)
        self.assert_one_line(result.err)
        self.assertIn(part, result.err)

    def test_log_in_work_and_log_out(self):
        out = self.files / "boss's.token"
        result = self.login("Boss@ACME.test", out)
        self.assertEqual(result.status, 0, result.err)
        self.assert_one_line(result.err)
        self.assertRegex(result.err, r"logged in as boss@acme\.test of acme, good until \d{4}-\d\d-\d\dT[\d:.]+Z")
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        token = out.read_text()
        self.assertRegex(token, r"^[0-9a-f]{64}\n$")
        self.assertNotIn(token.strip(), result.out + result.err)
        shown = subprocess.run(["bash", "-c", result.out + 'printf %s "$SEATLEDGER_TOKEN_FILE"'], capture_output=True,
                               text=True, timeout=PATIENCE)
        self.assertEqual(shown.stdout, str(out))
        self.assertEqual(list(self.files.iterdir()), [out])

        bound = self.run_as(out, "bind", "--account", "acme", "--license", "3", "--email", "boss@acme.test")
        event = bound.lines[0]["events"][0]
        self.assertEqual((event_name(event), event["actor"], event["via"]), ("licenseBound", "boss@acme.test", None))

        done = self.run_as(out, "logout")
        self.assertEqual((done.status, done.out), (0, ""), done.err)
        self.assertFalse(out.exists())
        out.write_text(token)
        self.assert_refused(self.run_as(out, "digest"), "not good any more")

    def test_a_wrong_password_and_an_unknown_address_are_answered_alike(self):
        out = self.files / "token"
        wrong = self.login("ann@acme.test", out, "correct horse battery staple")
        self.assert_refused(wrong, "is wrong")
        for email, name in (("nobody@acme.test", "acme"), ("ann@acme.test", "globex")):
            result = program("login", "--account", name, "--email", email, "--out", out, stdin=PASSWORD,
                             environment={"SEATLEDGER_SERVER": self.ledger.address})
            self.assertEqual((result.status, result.err), (wrong.status, wrong.err))
        self.assertFalse(out.exists())

    def test_no_file_is_lost(self):
        notes = self.files / "notes"
        notes.write_text("remember the milk\n")
        self.assert_refused(self.login("ann@acme.test", notes), "no token file")
        self.assertEqual(notes.read_text(), "remember the milk\n")
        vendors = self.ledger.data / "vendor.token"
        before = vendors.read_text()
        for path in (vendors, self.files / "vendor.token"):
            self.assert_refused(self.login("ann@acme.test", path), "vendor.token")
        self.assertEqual(vendors.read_text(), before)
        link = self.files / "link"
        link.symlink_to(vendors)
        self.assert_refused(self.login("ann@acme.test", link), "no token file")
        for path in (self.files, self.files / "none" / "token"):
            self.assert_refused(self.login("ann@acme.test", path), str(path))
        self.assert_refused(self.ledger.run("token", "issue", "--out", notes), "no token file")

    def test_a_token_is_overwritten_by_another(self):
        out = self.logged_in("ann@acme.test")
        first = out.read_text()
        self.logged_in("ann@acme.test")
        self.assertNotEqual(out.read_text(), first)

    def test_the_password_may_be_in_a_file(self):
        password = self.files / "password"
        password.write_text(PASSWORD + "\r\nanother line\n")
        out = self.files / "token"
        self.assertEqual(self.login("ann@acme.test", out, "", "--password-file", password).status, 0)
        self.assertTrue(out.exists())
        password.write_text("")
        self.assert_refused(self.login("ann@acme.test", out, "", "--password-file", password), "no password was given")
        self.assert_refused(self.login("ann@acme.test", out, "", "--password-file", self.files / "none"), "cannot read")
        self.assert_refused(self.login("ann@acme.test", out, ""), "no password was given")

    def test_a_password_that_came_with_the_registration(self):
        self.logged_in("carl@acme.test")

    def test_reads_are_refused_with_the_rule(self):
        ann = self.logged_in("ann@acme.test")
        self.assert_refused(self.run_as(ann, "query", "users", "--account", "acme"), "role_required: ")
        self.assert_refused(self.run_as(ann, "history", "--account", "acme", "--license", "1"), "role_required: ")
        self.assert_refused(self.run_as(ann, "replay"), "role_required: ")
        self.assert_refused(self.run_as(ann, "digest"), "role_required: ")
        self.assert_refused(self.run_as(ann, "token", "list"), "role_required: ")
        oneself = self.run_as(ann, "user", "ann@acme.test", "--account", "acme")
        self.assertEqual((oneself.status, oneself.lines[0]["email"]), (0, "ann@acme.test"), oneself.err)
        refused = self.run_as(ann, "unbind", "--account", "acme", "--license", "1")
        self.assertEqual((refused.status, refused.lines[0]["rejected"]), (3, "role_required"))

    def test_a_limited_token_from_its_issue_to_its_end(self):
        out = self.files / "auditor.token"
        row, = self.rows("token", "issue", "--account", "acme", "--role", "auditor", "--label", "nightly export",
                         "--expires", "2100-01-01T00:00:00Z", "--out", out)
        self.assertEqual({name: row[name] for name in ("account", "email", "role", "label", "logIn", "issuedBy",
                                                       "expiresAt")},
                         {"account": "acme", "email": None, "role": "auditor", "label": "nightly export",
                          "logIn": False, "issuedBy": "vendor", "expiresAt": "2100-01-01T00:00:00.000000Z"})
        self.assertIn(row, self.rows("token", "list"))
        self.assertIn(row, self.rows("token", "list", "--account", "acme"))
        self.assertNotIn(row, self.rows("token", "list", "--account", "globex"))
        self.assertNotIn(out.read_text().strip(), self.ok("token", "list").out)
        self.assertEqual(self.run_as(out, "query", "users", "--account", "acme").status, 0)
        refused = self.run_as(out, "bind", "--account", "acme", "--license", "1", "--email", "ann@acme.test")
        self.assertEqual((refused.status, refused.lines[0]["rejected"]), (3, "role_required"))

        self.assertEqual(self.rows("token", "revoke", row["number"]), [row])
        self.assert_refused(self.run_as(out, "query", "users", "--account", "acme"), "not good any more")
        self.assert_refused(self.ledger.run("token", "revoke", row["number"]), "there is no token")

    def test_whoever_follows_a_replay_is_cut_off_when_their_token_ends(self):
        out = self.files / "boss.token"
        row, = self.rows("token", "issue", "--account", "acme", "--email", "boss@acme.test", "--out", out)
        follower = self.ledger.popen("replay", "--account", "acme", "--follow", "--token-file", out,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(follower.kill)
        self.assertTrue(follower.stdout.readline())
        self.rows("token", "revoke", row["number"])
        _, error = follower.communicate(timeout=PATIENCE)
        self.assertEqual(follower.returncode, 1)
        self.assertIn("not good any more", error)

    def test_a_super_admin_issues_tokens_of_their_own(self):
        boss = self.logged_in("boss@acme.test")
        out = self.files / "own.token"
        row = self.run_as(boss, "token", "issue", "--role", "auditor", "--out", out).lines[0]
        self.assertEqual((row["account"], row["email"], row["issuedBy"]), ("acme", "boss@acme.test", "boss@acme.test"))
        self.assert_refused(self.run_as(boss, "token", "issue", "--account", "acme", "--email", "ann@acme.test", "--out",
                                        out), "role_required: ")
        self.assert_refused(self.run_as(out, "token", "issue", "--out", self.files / "more"), "role_required: ")
        self.assertFalse((self.files / "more").exists())

    def test_the_vendors_own_token_is_not_logged_out(self):
        vendors = self.ledger.data / "vendor.token"
        self.assert_refused(self.ledger.run("logout"), "vendor's own")
        self.assertTrue(vendors.exists())
        self.assertEqual(self.ledger.run("digest").status, 0)

    def test_wrong_usage(self):
        for arguments in (("login", "--email", "a@acme.test", "--out", "x"), ("login", "--account", "a", "--out", "x"),
                          ("login", "--account", "a", "--email", "a@acme.test"), ("token",), ("token", "issue"),
                          ("token", "issue", "--email", "a@acme.test", "--out", "x"),
                          ("token", "issue", "--role", "boss", "--out", "x"), ("token", "revoke"),
                          ("token", "revoke", "0"), ("token", "revoke", "x")):
            with self.subTest(arguments=arguments):
                self.assert_refused(self.ledger.run(*arguments), "--help", 2)


class Terminal(LedgerTest):
    """The password as people type it."""

    @classmethod
    def set_up_ledger(cls):
        cls.done(account("acme"), set_password("boss@acme.test"))

    def begin(self):
        """A log-in at a terminal of its own that has asked for the password."""
        self.out = pathlib.Path(self.ledger.directory / (self.id().rpartition(".")[2] + ".token"))
        self.keyboard, screen = pty.openpty()
        self.addCleanup(os.close, self.keyboard)
        self.before = termios.tcgetattr(screen)
        self.terminal = screen
        self.addCleanup(os.close, screen)
        environment = {**os.environ, "SEATLEDGER_SERVER": self.ledger.address}
        self.process = subprocess.Popen(
            [PROGRAM, "login", "--account", "acme", "--email", "boss@acme.test", "--out", self.out], stdin=screen,
            stdout=subprocess.PIPE, stderr=screen, env=environment, start_new_session=True)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.kill)
        self.await_prompt()

    def await_prompt(self):
        self.shown = b""
        while b"Password of boss@acme.test: " not in self.shown:
            ready, _, _ = select.select([self.keyboard], [], [], PATIENCE)
            self.assertTrue(ready, self.shown)
            self.shown += os.read(self.keyboard, 1024)

    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)

    def test_it_is_not_shown(self):
        self.begin()
        self.assertFalse(self.echoes())
        os.write(self.keyboard, PASSWORD.encode() + b"\n")
        self.assertEqual(self.process.wait(PATIENCE), 0)
        self.assertEqual(termios.tcgetattr(self.terminal), self.before)
        self.shown += os.read(self.keyboard, 4096)
        self.assertIn(b"logged in as boss@acme.test", self.shown)
        self.assertNotIn(PASSWORD.encode(), self.shown)
        self.assertTrue(self.out.exists())

    def test_whoever_changes_their_mind_has_the_terminal_as_it_was(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                self.begin()
                self.assertFalse(self.echoes())
                self.process.send_signal(number)
                self.assertEqual(self.process.wait(PATIENCE), -number)
                self.assertEqual(termios.tcgetattr(self.terminal), self.before)
                self.assertFalse(self.out.exists())

    def test_an_end_of_input_is_no_password(self):
        self.begin()
        os.write(self.keyboard, b"\x04")
        self.assertEqual(self.process.wait(PATIENCE), 1)
        self.assertEqual(termios.tcgetattr(self.terminal), self.before)

    def test_it_is_asked_for_again_after_a_pause(self):
        self.begin()
        self.process.send_signal(signal.SIGTSTP)  # which has no shell here that could stop it
        self.await_prompt()
        self.assertFalse(self.echoes())
        os.write(self.keyboard, PASSWORD.encode() + b"\n")
        self.assertEqual(self.process.wait(PATIENCE), 0)
