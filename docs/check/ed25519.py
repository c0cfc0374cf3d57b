"""Checks Ed25519 signatures (RFC 8032) in plain Python: for public data, as it is neither quick nor silent about time."""
import hashlib

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def point(data):
    """Decodes a point of the curve (5.1.3)."""
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (odd and not x):
        raise ValueError("no point of the curve")
    return (x if x % 2 == odd else P - x), y


def add(a, b):
    k = D * a[0] * b[0] * a[1] * b[1]
    return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, P) % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, P) % P)


def times(n, a):
    total = (0, 1)
    while n:
        total, a, n = add(total, a) if n % 2 else total, add(a, a), n // 2
    return total


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def verify(key, text, signature):
    """Says whether the 64 bytes of signature are those of a 32-byte public key over text (5.1.7)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    try:
        return s < L and times(s, BASE) == add(point(signature[:32]), times(h, point(key)))
    except ValueError:
        return False
