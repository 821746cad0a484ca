"""A mail server (aiosmtpd) for tests, at ports of its own choice.  smtp_server.py [CERTIFICATE KEY]

Prints one line with its ports, {"plain": 40001, ...}, and then a line for each letter that it takes. What it does with
one depends on whom it is for. It ends when its stdin does.
"""

import asyncio
import base64
import json
import logging
import queue
import ssl
import sys
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = "mailer", "correct horse"
SLOW = 60  # seconds: longer than anybody waits

REFUSALS = {  # by the local part of the recipient
    "nobody": "550 5.1.1 <{0}>: no such user, says <{0}>",
    "lines": "550-5.7.1 first line\r\n550-5.7.1 of {0}\r\n550 5.7.1 last line",
    "later": "451 4.3.0 come back later",
    "login": "530 5.7.0 log in first",
}
DATA_REFUSALS = {"rejected": "554 5.6.0 no such letters here", "full": "452 4.2.2 mailbox full"}


def local_part(address):
    return address.rpartition("@")[0]


class Handler:
    def __init__(self):
        self.sessions = []
        self.told = queue.SimpleQueue()
        threading.Thread(target=self.tell, daemon=True).start()

    def tell(self):
        """On a thread of its own: who is to read it may read nothing before the letter has been answered."""
        while True:
            print(self.told.get(), flush=True)

    def number(self, session):
        """1, 2, 3 … for the connections, in the order in which they began to send."""
        if session not in self.sessions:
            self.sessions.append(session)
        return self.sessions.index(session) + 1

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.number(session)
        if local_part(address) == "unwanted":
            return "550 5.7.1 no letters from there"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if refusal := REFUSALS.get(local_part(address)):
            return refusal.format(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = local_part(envelope.rcpt_tos[0])
        if local == "slow":
            await asyncio.sleep(SLOW)
        if local in DATA_REFUSALS:
            return DATA_REFUSALS[local]
        self.told.put(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
            "connection": self.number(session),
            "message": base64.b64encode(envelope.original_content).decode(),
        }))
        if local == "hangup":
            server.transport.close()
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False, auth_data=data.login)


async def main(certificate=None, key=None):
    handler = Handler()
    kinds = {
        "plain": {"enable_SMTPUTF8": True},
        "ascii": {},
        "clear_login": {"auth_required": True, "auth_require_tls": False},
    }
    implicit_tls = {}
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        kinds["starttls"] = {"tls_context": context}
        kinds["starttls_login"] = {"tls_context": context, "require_starttls": True, "auth_required": True}
        kinds["smtps_login"] = {"auth_required": True, "auth_require_tls": False}
        implicit_tls["smtps_login"] = context
    loop = asyncio.get_running_loop()
    ports = {}
    for name, options in kinds.items():
        server = await loop.create_server(
            lambda options=options: SMTP(handler, hostname="mail.example.com", authenticator=authenticate, **options),
            "127.0.0.1", 0, ssl=implicit_tls.get(name))
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of log-in without TLS, which is what some tests are about
    logging.disable()
    asyncio.run(main(*sys.argv[1:]))
