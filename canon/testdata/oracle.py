"""Answers the Go tests, a line for a line, until its input ends.

A question is an operation and the hexadecimal bytes of its argument; an
answer is "=" and the hexadecimal bytes of the result, or "!" and why there is none.
"""

import json
import struct
import sys

import reference

OPERATIONS = {
    "json": reference.canonical_json,
    "stored": lambda raw: reference.canonical_json(raw, stored=True),
    "roundtrip": lambda raw: json.dumps(json.loads(raw), sort_keys=True),
    "string": lambda raw: json.dumps(raw.decode()),
    "strings": lambda raw: json.dumps(raw.decode().split("\0")),
    "float": lambda raw: reference.canonical_float(struct.unpack(">d", raw)[0]),
    "time": lambda raw: reference.canonical_time(raw.decode()),
    "date": lambda raw: reference.canonical_date(raw.decode()),
    "log_hash": lambda raw: reference.log_hash(json.loads(raw)),
}

for line in sys.stdin:
    operation, _, argument = line.rstrip("\n").partition(" ")
    try:
        answer = "=" + OPERATIONS[operation](bytes.fromhex(argument)).encode().hex()
    except ValueError as error:
        answer = "!" + " ".join(str(error).split())
    print(answer, flush=True)
