"""Exit statuses, and messages that say what to do."""

import json
import socket
import subprocess

from ledger import PATIENCE, PROGRAM, Ledger, LedgerTest, program


class Usage(LedgerTest):
    def assert_status(self, result, status, part):
        self.assertEqual((result.status, result.out), (status, ""), result.err)
        self.assert_one_line(result.err)
        self.assertIn(part, result.err)

    def test_help_explains_with_examples(self):
        for command in ("", "serve", "submit", "query", "query licenses", "history", "replay", "import snipe-it",
                        "rebuild", "digest", "login", "logout", "token", "token issue", "token list", "token revoke"):
            result = program(*command.split(), "--help")
            self.assertEqual((result.status, result.err), (0, ""))
            self.assertIn(f"seatledger {command}".strip(), result.out)

    def test_version(self):
        result = program("version")
        self.assertEqual(result.status, 0)
        self.assertRegex(result.out, r"^seatledger \d+\.\d+\.\d+\n$")

    def test_wrong_usage_is_2(self):
        for arguments in ((), ("nonsense",), ("query", "licenses"), ("query", "licenses", "--account", "a", "--shoe", "1"),
                          ("query", "users", "--account", "acme", "--limit", "1000001"), ("serve",),
                          ("query", "users", "--account", "acme", "--as-of", "yesterday"),
                          ("history", "--account", "acme"), ("submit", "--format", "csv")):
            self.assert_status(self.ledger.run(*arguments), 2, "--help")

    def test_without_a_token_file(self):
        result = program("digest", environment={"SEATLEDGER_SERVER": self.ledger.address})
        self.assert_status(result, 2, "--token-file")

    def test_a_wrong_token(self):
        token = self.ledger.directory / "wrong.token"
        token.write_text("0" * 64 + "\n")
        self.assert_status(self.ledger.run("digest", "--token-file", token), 1, "token")

    def test_no_server(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = f"127.0.0.1:{closed.getsockname()[1]}"
        result = self.ledger.run("digest", "--server", address)
        self.assert_status(result, 1, f"cannot connect to {address}")
        self.assertIn("seatledger serve", result.err)

    def test_options_win_over_the_environment(self):
        environment = {**self.ledger.environment, "SEATLEDGER_SERVER": "127.0.0.1:1"}
        self.assertEqual(program("digest", environment=environment).status, 1)
        self.assertEqual(program("digest", "--server", self.ledger.address, environment=environment).status, 0)

    def test_two_servers_cannot_hold_one_directory(self):
        result = program("serve", "--data", self.ledger.data, "--listen", "127.0.0.1:0")
        self.assertEqual((result.status, result.out), (1, ""))

    def test_a_port_that_is_taken(self):
        other = self.ledger.directory / "other"
        result = program("serve", "--data", other, "--listen", self.ledger.address)
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn(self.ledger.address.rpartition(":")[2], result.err)

    def test_what_is_no_message_closes_one_connection_only(self):
        host, _, port = self.ledger.address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
            try:
                while stranger.recv(65536):
                    pass
            except ConnectionResetError:
                pass
        self.assertEqual(self.ledger.run("digest").status, 0)

    def test_the_log_can_be_json_in_a_file(self):
        ledger = Ledger("--log-format", "json", "--log-level", "debug", "--log-file", self.ledger.directory / "log.json")
        self.addCleanup(ledger.close)
        self.assertEqual(ledger.run("digest").status, 0)
        self.assertEqual(ledger.end(), 0)
        lines = (self.ledger.directory / "log.json").read_text().splitlines()
        self.assertTrue(all("message" in json.loads(line) for line in lines))

    def test_a_closed_stdin(self):
        process = subprocess.run([PROGRAM, "submit"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 timeout=PATIENCE, env=self.ledger.environment)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (0, "", ""))
