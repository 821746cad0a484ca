"""What README.md shows is what happens: its session, command by command, and its list of commands."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from ledger import PATIENCE, PROGRAM, Ledger, LedgerTest

README = pathlib.Path(__file__).resolve().parent.parent.parent / "README.md"


def section(title):
    """The text under a heading of the second level."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README.read_text(), re.MULTILINE | re.DOTALL).group(1)


def blocks(text):
    """The fenced blocks in it: language and content."""
    return re.findall(r"^```(\w+)\n(.*?)^```\n", text, re.MULTILINE | re.DOTALL)


def steps():
    """Commands of the session, and of what goes on with it, with the output that stands behind them; without those that
    start the server."""
    found = blocks(section("A session"))[1:] + blocks(section("Who may do what"))
    for (language, commands), (_, output) in zip(found, found[1:] + [("sh", "")]):
        if language == "sh":
            yield commands, output


def timeless(text):
    """Without what the clock on the wall says, which --clock does not set: until when a log-in is good."""
    return re.sub(r"good until [\d:.TZ-]+", "good until then", text)


class Session:
    """A shell for which the server is one of its own, and `seatledger` the program."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-readme-"))
        (self.folder / "seatledger").symlink_to(PROGRAM)
        (self.folder / "build").mkdir()
        (self.folder / "build" / "ledger").symlink_to(ledger.data)

    def run(self, commands):
        """What the commands print. They run one by one, each as it stands in the page."""
        path = f"{self.folder}:{os.environ['PATH']}"
        done = subprocess.run(["bash", "-c", commands], env={**os.environ, **self.ledger.environment, "PATH": path},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
                              cwd=self.folder)
        return done.stdout

    def close(self):
        shutil.rmtree(self.folder)


class ReadmeSession(LedgerTest):
    options = ("--clock", "manual")

    def test_the_session_is_what_the_page_says(self):
        session = Session(self.ledger)
        self.addCleanup(session.close)
        for number, (commands, output) in enumerate(steps(), start=1):
            with self.subTest(step=number):
                self.assertEqual(timeless(session.run(commands)), timeless(output), commands)


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
