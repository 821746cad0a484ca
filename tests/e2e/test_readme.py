"""What README.md shows is what happens: its sessions, command by command, and its list of commands."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from ledger import PATIENCE, PROGRAM, Ledger

README = pathlib.Path(__file__).resolve().parent.parent.parent / "README.md"
SERVE = re.compile(r"^build/seatledger serve (.*) &\n", re.MULTILINE)


def section(title):
    """The text under a heading of the second level."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README.read_text(), re.MULTILINE | re.DOTALL).group(1)


def blocks(text):
    """The fenced blocks in it: language and content."""
    return re.findall(r"^```(\w+)\n(.*?)^```\n", text, re.MULTILINE | re.DOTALL)


def steps(text):
    """The commands in it, with the output that stands behind them."""
    found = blocks(text)
    for (language, commands), (following, output) in zip(found, found[1:] + [("sh", "")]):
        if language == "sh":
            yield commands, "" if following == "sh" else output


def timeless(text):
    """Without what the clock on the wall says, which --clock does not set: until when a log-in is good."""
    return re.sub(r"good until [\d:.TZ-]+", "good until then", text)


class Session:
    """A shell at the top of the repository, as it were, for which the server is one of its own. Whatever a block
    exports is there for the next one."""

    def __init__(self, text):
        """Starts the server as the text says, but for the directory and the port."""
        serve = SERVE.search(text).group(1)
        data, options = re.fullmatch(r"--data (\S+)(?: --listen \S+)?(.*)", serve).groups()
        self.ledger = Ledger(*shlex.split(options))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-readme-"))
        self.environment = self.folder / "environment"
        self.environment.touch()
        (self.folder / "build").mkdir()
        (self.folder / "build" / "seatledger").symlink_to(PROGRAM)
        (self.folder / data).symlink_to(self.ledger.data)

    def run(self, commands):
        """What the commands print. They run one by one, each as it stands in the page."""
        script = (f". {self.environment}\nexport SEATLEDGER_SERVER={self.ledger.address}\n"
                  f"{SERVE.sub('', commands)}export -p > {self.environment}\n")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SEATLEDGER")}
        done = subprocess.run(["bash", "-c", script], env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=PATIENCE, cwd=self.folder)
        return done.stdout

    def close(self):
        shutil.rmtree(self.folder)
        self.ledger.close()


class ReadmeSessions(unittest.TestCase):
    def play(self, *titles):
        """The sections are one session, on a fresh server."""
        text = "".join(map(section, titles))
        session = Session(text)
        self.addCleanup(session.close)
        for number, (commands, output) in enumerate(steps(text), start=1):
            with self.subTest(step=number):
                self.assertEqual(timeless(session.run(commands)), timeless(output), commands)

    def test_the_session_is_what_the_page_says(self):
        self.play("A session", "What changed", "Who may do what", "Histories and replays")

    def test_the_year_is_what_the_page_says(self):
        self.play("A year of licenses")

    def test_the_month_is_what_the_page_says(self):
        self.play("A month of an administrator")

    def test_the_statements_and_disputes_are_what_the_page_says(self):
        self.play("Statements and disputes")

    def test_the_proofs_are_what_the_page_says(self):
        self.play("A session", "Proofs")


class ReadmeCommands(unittest.TestCase):
    def test_every_command_of_the_list_is_accepted_in_its_order(self):
        ((_, commands),) = [block for block in blocks(section("Commands")) if block[0] == "json"]
        for options in ((), ("--clock", "manual")):
            ledger = Ledger(*options)
            self.addCleanup(ledger.close)
            result = ledger.run("submit", stdin=commands)
            self.assertEqual(result.status, 0, result.out + result.err)
            self.assertEqual(len(result.lines), commands.count("\n"))

    def test_the_list_has_every_command(self):
        schema = (README.parent / "events" / "command.capnp").read_text()
        union = re.search(r"union \{(.*?)\n  \}", schema, re.DOTALL).group(1)
        names = set(re.findall(r"^ +(\w+) @", union, re.MULTILINE)) - {"none"}
        text = section("Commands")
        for name in names:
            with self.subTest(command=name):
                self.assertIn(f'"{name}":', text)
                self.assertIn(f"`{name}`", text)
