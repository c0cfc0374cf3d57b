"""Writes the vectors whose right answers only Python itself can give:

    python3 make_vectors.py

makes floats.ndjson, strings.ndjson and entries.ndjson anew. json.ndjson and
times.ndjson are written by hand, from the rules.
"""

import json
import pathlib
import struct

import reference

HERE = pathlib.Path(__file__).parent


def write(name, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (HERE / name).write_text(text)


def bits(value):
    return struct.pack(">d", value).hex()


def from_bits(text):
    return struct.unpack(">d", bytes.fromhex(text))[0]


def floats():
    values = [0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.1 + 0.2, 1 / 3, 2 / 3, 3.14, 100.0, 1e5, 123456.789, 0.0087412, 1.5]
    # Around the exponents at which Python's repr changes its notation.
    for power in (-7, -6, -5, -4, -3, 14, 15, 16, 17, 21, 22, 23, 99, 100, 101, 300, 308):
        value = float("1e%d" % power)
        neighbours = [struct.unpack(">d", struct.pack(">q", struct.unpack(">q", struct.pack(">d", value))[0] + step))[0]
                      for step in (-1, 0, 1)]
        values += neighbours + [-value, value * 1.5]
    # Whole numbers at the ends of exact integers and of int64.
    values += [2.0**53 - 1, 2.0**53, 2.0**53 + 2, 2.0**62, 2.0**63, -(2.0**63), 2.0**63 - 1024, 2.0**64, 9999999999999998.0]
    # Subnormals, the least normal, the greatest, and known hard cases of shortest printing.
    values += [from_bits(b) for b in (
        "0000000000000001", "8000000000000001", "0000000000000002", "000fffffffffffff", "0010000000000000",
        "0010000000000001", "7fefffffffffffff", "ffefffffffffffff", "7feffffffffffffe",
        "44b52d02c7e14af6", "44b52d02c7e14af7", "3eb0c6f7a0b5ed8d", "3eb0c6f7a0b5ed8e", "43e0000000000000",
        "4340000000000001", "0006123400000001", "44a5000000000000", "3ff0000000000001", "3fefffffffffffff")]
    values += [9007199254740993.0, 5e-324, 2.2250738585072011e-308, 8.41e21, 9.5e-3, 2.0e-3, 1.7976931348623157e308, 4.35, 4.349999999999999]
    seen = []
    for value in values:
        if bits(value) not in seen:
            seen.append(bits(value))
            yield {"bits": bits(value), "canonical": reference.canonical_float(value)}


def strings():
    values = ["", "a", "plain text, 12 characters or more", "~", "\x7f", "\x80", "\x9f", "\xa0", "é", "ß", "ÿ", "Ā",
              '"', "\\", "/", "</script>", "\n", "\r", "\t", "\b", "\f", "\v", "\x01", "\x1b", "\x1f", " ", "'", "&", "<", ">",
              'he said "no"\n', "C:\\temp\\new", "\\u0041", "tab\tin the middle of eight", "1234567\x7f", "12345678\n", "123456789é",
              "\u2028", "\u2029", "\u200b", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\ud7ff", "\ue000",
              "\U00010000", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0010fffd", "\U0010ffff",
              "玉米", "кукуруза", "ذرة", "e\u0301", "\u00e9", "mix é \U0001f33d \"q\" \\ / \x7f \x00".replace("\x00", "end")]
    values += ["".join(chr(c) for c in range(1, 128)), "x" * 100 + "\n" + "y" * 100]
    for value in values:
        yield {"input": value, "canonical": json.dumps(value)}


def entries():
    envelope = {"business_id": "default", "log_id": "0194b5a2-7c00-7d11-8a3e-5b1f0c9d2e77", "principal": "writer-cfo",
                "logged_at": "2026-01-31T09:00:01.000250Z", "retain_until": "2033-01-29T09:00:01.000250Z",
                "revision": 1, "salt": "00112233445566778899aabbccddeeff"}
    for name, fields in (
        ("a conversation", {
            "kind": "conversations", "conversation_id": "conv_8f14e45f", "agent_position": "CFO",
            "started_at": "2026-01-31T08:59:30.000000Z", "ended_at": "2026-01-31T09:00:00.123456Z", "duration_seconds": 30,
            "model_provider": "openrouter", "model_name": "claude-3.5-sonnet", "input_tokens": 1843, "output_tokens": 212,
            "total_tokens": 2055, "cost_usd": 0.0087412, "status": "completed", "response_preview": "Done – 3 tables\n"}),
        ("a float column that is whole stays a float", {
            "kind": "conversations", "conversation_id": "conv_0", "agent_position": "CMO", "cost_usd": 0.0,
            "started_at": "2026-01-31T08:59:30.000000Z"}),
        ("a revision, with warnings", {
            "kind": "decision_logs", "decision_id": "dec_abc123", "agent_position": "CFO", "decision_type": "divination",
            "decided_at": "2026-01-31T08:00:00.000000Z", "confidence": 1.0, "requires_human_review": True, "human_reviewed": True,
            "human_reviewer": "Зоя", "human_review_at": "2026-01-31T08:30:00.500000Z", "revision": 2,
            "warnings": ["decision_type: \"divination\" is not a known value"]}),
        ("arrays of strings and of options", {
            "kind": "decision_logs", "decision_id": "dec_def456", "agent_position": "CMO",
            "decided_at": "2026-01-31T08:00:00.000000Z", "affected_agents": ["CFO", "CEO"], "affected_entities": [""],
            "options_evaluated": [{"option": "buy", "pros": ["cheap", "now"], "cons": ["risk \U0001f33d"], "score": 1.0},
                                  {"option": "wait", "score": 0.25}, {"option": ""}]}),
        ("JSON, normalised: whole numbers are integers there", {
            "kind": "action_logs", "action_id": "act_1", "agent_position": "analyst", "action_type": "mcp_call", "success": False,
            "started_at": "2026-01-31T08:00:00.000000Z", "duration_ms": 12, "cost_usd": 1e-05,
            "action_details": {"a": [1, 0.5, 1e+19, 100000000000000000, None, True, [], {}], "\u007f": "\u007f", "z": {"b": "/", "a": ""},
                               "\U0001f600": 1, "\uffff": 2, "é": 3, "": 0}}),
        ("JSON that is one scalar", {
            "kind": "mcp_usage_logs", "usage_id": "use_1", "agent_position": "analyst", "server_name": "bq", "tool_name": "query",
            "called_at": "2026-01-31T08:00:00.000000Z", "parameters": "a string", "success": True, "tokens_used": 0}),
        ("the ends of int64, and a date", {
            "kind": "ingest_run", "id": 9223372036854775807, "records_failed": -9223372036854775808, "as_of": "2024-02-29",
            "started_at": "0001-01-01T00:00:00.000000Z", "completed_at": "9999-12-31T23:59:59.999999Z"}),
        ("SQL, and a float that is written with an exponent", {
            "kind": "log_access_audit", "access_id": "acc_1", "role": "auditor", "action": "query", "rows_returned": 3,
            "accessed_at": "2026-01-31T08:00:00.000000Z", "cost_usd": 1e+16,
            "query_text": "SELECT *\n\tFROM audit.conversations\r\nWHERE status = 'error' -- \\ \"all\" \f\b"}),
    ):
        entry = {**envelope, **fields}
        yield {"name": name, "canonical": json.dumps(entry, sort_keys=True), "sha256": reference.log_hash(entry)}


write("floats.ndjson", floats())
write("strings.ndjson", strings())
write("entries.ndjson", entries())
