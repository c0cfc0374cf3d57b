"""Checks a Daybook ledger with Python's standard library (3.9 or later) and nothing of Daybook's:
    python3 daybook_check.py export LEDGER.ndjson CHECKPOINT KEY.pub [TILES]
    python3 daybook_check.py proof FILE.tlog-proof KEY.pub
TILES, from `daybook export --tiles`, has the leaves of entries whose bodies are gone; whether they went rightly is not checked, nor
what is newer than the checkpoint. Ed25519 is in ed25519.py, beside this file. Exit: 0 it holds, 1 it does not, 2 cannot be read."""
import base64, ed25519, hashlib, json, pathlib, sys
def sha256(data): return hashlib.sha256(data).digest()
def text_of(path): return pathlib.Path(path).read_text(encoding="utf-8")
def need(holds, what): return holds or sys.exit(f"NOT SOUND: {what}")
def leaf_of(e, canonical):
    log_hash = sha256(canonical.encode()).hex()
    return f"daybook-entry/1\n{e['kind']}\n{e['log_id']}\n{e['logged_at']}\n{e['retain_until']}\n{log_hash}\n".encode()
def signed_in(note, public):                          # C2SP signed-note, tlog-checkpoint: the size and the root that were signed
    (name, _, key), (text, _, lines) = public.strip().split("+", 2), note.partition("\n\n")
    signatures = [base64.b64decode(line.split(" ")[2])[4:] for line in lines.split("\n") if line.startswith(f"\u2014 {name} ")]
    signed = any(ed25519.verify(base64.b64decode(key)[1:], (text + "\n").encode(), s) for s in signatures)
    need(signed and text.startswith(name + "\n"), "the key did not sign this checkpoint")
    return int(text.split("\n")[1]), base64.b64decode(text.split("\n")[2])
def leaves_in(tiles, size):                           # C2SP tlog-tiles: 256 leaves a file, each behind its length
    for first in range(0, size, 256):
        n, name, width = first // 256000, f"{first // 256 % 1000:03d}", min(256, size - first)
        while n: n, name = n // 1000, f"x{n % 1000:03d}/{name}"
        data = pathlib.Path(tiles, "tile/entries", name + (f".p/{width}" if width < 256 else "")).read_bytes()
        for seq in range(first, first + width):
            end = 2 + int.from_bytes(data[:2], "big")
            yield seq, data[2:end]
            data = data[end:]
def check_export(ledger, note, public, tiles=None):
    size, root = signed_in(text_of(note), text_of(public))
    lines, leaves, last = text_of(ledger).splitlines(keepends=True), dict(leaves_in(tiles, size)) if tiles else {}, -1
    for line in lines:
        entry = json.loads(line)
        seq, _, canonical = entry.pop("seq"), entry.pop("log_hash"), json.dumps(entry, sort_keys=True)
        whole = f'{canonical[:-1]}, "log_hash": "{sha256(canonical.encode()).hex()}", "seq": {seq}}}\n'
        fits = line == whole and type(seq) is int and leaves.setdefault(seq, leaf_of(entry, canonical)) == leaf_of(entry, canonical)
        last = need(fits and seq > last, f"entry {seq} does not give its log_hash, or another stands in its place, or it is out of order") and seq
    level = [sha256(b"\0" + leaves[seq]) for seq in range(size) if seq in leaves]
    need(len(level) == size, f"{size - len(level)} of {size} entries are not there; if their bodies are gone, give TILES")
    while len(level) > 1:                             # RFC 6962, 2.1: pair by pair; an odd one goes up as it is
        level = [sha256(b"\1" + b"".join(level[i:i + 2])) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    need((level or [sha256(b"")])[0] == root, "the entries do not give the root that was signed")
    print(f"the export holds: {size} entries are as they were signed, and {len(leaves) - size} newer; {len(lines)} have bodies")
def root_above(node, index, size, path):              # RFC 6962, 2.1.1: the root that a proof leads to, sibling by sibling
    need(bool(path) == (size > 1) and 0 <= index < size, "the proof is not one of a tree of that size")
    if size == 1: return node
    half = 1 << (size - 1).bit_length() - 1
    if index < half: return sha256(b"\1" + root_above(node, index, half, path[:-1]) + path[-1])
    return sha256(b"\1" + path[-1] + root_above(node, index - half, size - half, path[:-1]))
def check_proof(proof, public):                       # C2SP tlog-proof; its extra data is a leaf, or an entry in canonical form
    head, _, note = text_of(proof).partition("\n\n")
    (size, root), (header, extra, index, *path) = signed_in(note, text_of(public)), head.split("\n")
    need([header, extra[:6], index[:6]] == ["c2sp.org/tlog-proof@v1", "extra ", "index "], "it is no proof of an entry")
    said = base64.b64decode(extra[6:]).decode()
    leaf = leaf_of(json.loads(said), said) if said.startswith("{") else said.encode()
    found = root_above(sha256(b"\0" + leaf), int(index[6:]), size, [base64.b64decode(line) for line in path])
    need(found == root and leaf.startswith(b"daybook-entry/1\n"), "the proof does not lead to the root that was signed")
    print(f"the proof holds: under the checkpoint of {size} entries, {index} is\n{said}")
if __name__ == "__main__":
    try: {"export": check_export, "proof": check_proof}[sys.argv[1]](*sys.argv[2:])
    except Exception as problem: sys.exit(print(f"it cannot be read: {problem!r}\n\n{__doc__}", file=sys.stderr) or 2)
