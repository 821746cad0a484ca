"""The verifier in go/, which is made of Go's libraries and of nothing of ours."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from ledger import PATIENCE

SOURCE = pathlib.Path(__file__).resolve().parent / "go" / "verifier.go"
GOPATH = pathlib.Path("/usr/share/gocode")  # where Debian's golang-golang-x-mod-dev is
BUILD_PATIENCE = 10 * PATIENCE


class GoVerifier:
    """Builds it, without a network. Raises unittest.SkipTest where there is no Go to do that with."""

    def __init__(self):
        if not shutil.which("go") or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
            raise unittest.SkipTest("Go or its x/mod is missing: install golang-go and golang-golang-x-mod-dev")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="seatledger-go-"))
        self.program = self.directory / "verifier"
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "GO111MODULE": "off", "GOFLAGS": "",
                       "GOPATH": str(GOPATH), "GOCACHE": str(self.directory / "cache"), "GOTOOLCHAIN": "local"}
        built = subprocess.run(["go", "build", "-o", self.program, SOURCE], env=environment, capture_output=True,
                               text=True, timeout=BUILD_PATIENCE)
        if built.returncode != 0:
            self.close()
            raise AssertionError(built.stderr)

    def close(self):
        shutil.rmtree(self.directory)

    def run(self, mode, *arguments):
        """What it says; None if it refuses. Bytes are given to it as files."""
        names = []
        with tempfile.TemporaryDirectory(dir=self.directory) as folder:
            for number, argument in enumerate(arguments):
                if isinstance(argument, bytes):
                    name = os.path.join(folder, str(number))
                    with open(name, "wb") as file:
                        file.write(argument)
                    argument = name
                names.append(str(argument))
            done = subprocess.run([self.program, mode, *names], capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode not in (0, 1) or "wrong usage" in done.stderr:
            raise AssertionError(f"{mode} {names}: {done.stderr}")
        return done.stdout.strip() if done.returncode == 0 else None
