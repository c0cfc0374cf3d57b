package canon_test

import (
	"encoding/hex"
	"fmt"

	"github.com/daybook-audit/daybook/canon"
)

// The canonical form of an object is written key by key, in the order of the
// keys; its hash is what an entry's log_hash is.
func Example() {
	b := []byte{'{'}
	b = canon.AppendKey(b, "agent")
	b = canon.AppendString(b, "Größe")
	b = append(b, ", "...)
	b = canon.AppendKey(b, "cost")
	b = canon.AppendFloat(b, 0)
	b = append(b, ", "...)
	b = canon.AppendKey(b, "tokens")
	b = canon.AppendInt(b, 812)
	b = append(b, '}')
	hash := canon.Hash(b)
	fmt.Println(string(b))
	fmt.Println(hex.EncodeToString(hash[:]))
	// Python's hashlib.sha256(json.dumps({"agent": "Größe", "cost": 0.0, "tokens": 812}).encode()) is the same.
	// Output:
	// {"agent": "Gr\u00f6\u00dfe", "cost": 0.0, "tokens": 812}
	// f316f8bab46b83341b6e7a078a1c0b5b046cbbb34221df8db9bc524160e2296f
}

// JSON that a client sends is normalised, so that no store and no reader can
// change what was hashed; what could be read in two ways is refused.
func ExampleAppendJSON() {
	for _, raw := range []string{`{"b":1.0,"a":[0.10,1e17]}`, `{"a": 1, "\u0061": 2}`, `[9223372036854775808]`} {
		text, err := canon.AppendJSON(nil, []byte(raw))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s\n", text)
	}
	// Output:
	// {"a": [0.1, 100000000000000000], "b": 1}
	// canon: /a: the key stands twice in its object; keep one of them (byte 9)
	// canon: /0: the integer is outside the 64-bit range; send it as a string (byte 1)
}

// Times are written in UTC to the microsecond; what is finer is cut off.
func ExampleNormalizeTime() {
	for _, s := range []string{"2024-03-01T00:30:00.123456789+01:00", "2024-01-31 15:04:05z", "2023-02-29T00:00:00Z"} {
		canonical, err := canon.NormalizeTime(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(canonical)
	}
	// Output:
	// 2024-02-29T23:30:00.123456Z
	// 2024-01-31T15:04:05.000000Z
	// canon: there is no such day in that month (byte 8)
}
