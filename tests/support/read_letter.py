"""Reads a message from stdin as mail programs do, and prints as JSON what they would show, and whatever is wrong."""

import email
import email.policy
import email.utils
import json
import re
import sys
from email.header import decode_header, make_header


def body(message):
    return message.get_payload(decode=True).decode(message.get_content_charset())


def problems(message):
    yield from map(repr, message.defects)
    for name, value in message.items():
        for defect in value.defects:
            yield f"{name}: {type(defect).__name__}"
    if "\n" in body(message).replace("\r\n", ""):
        yield "lines of the body end otherwise than with CRLF"


def people(field):
    """Name and address of each. By the older functions: the newer ones keep blanks between encoded words."""
    pairs = email.utils.getaddresses([re.sub(r"\r?\n(?=[ \t])", "", older[field])])
    return [[str(make_header(decode_header(name))), address] for name, address in pairs if address]


# Decoded here and not there: addresses may be in UTF-8 (RFC 6532).
source = sys.stdin.buffer.read().decode("utf-8")
message = email.message_from_string(source, policy=email.policy.SMTPUTF8)
older = email.message_from_string(source)
json.dump({
    "headers": {name: str(value) for name, value in message.items()},
    "names": message.keys(),
    "from": people("From"),
    "to": people("To"),
    "date": message["Date"].datetime.isoformat(),
    "body": body(message).replace("\r\n", "\n"),
    "problems": list(problems(message)),
}, sys.stdout, ensure_ascii=False)
