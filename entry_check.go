package daybook

import "github.com/daybook-audit/daybook/canon"

// Unlike says why an entry, as it was read from a store, is not the one that
// was hashed to hash: "" where it is. It uses buf for what it must write down,
// and gives it back.
func (e *Entry) Unlike(hash [32]byte, buf []byte) (string, []byte) {
	for i := range e.Values {
		var fault string
		if fault, buf = unlikeValue(&e.Kind.Columns[i], e.Values[i], buf); fault != "" {
			return fault, buf
		}
	}
	buf = e.AppendCanonical(buf[:0])
	if canon.Hash(buf) != hash {
		return "the row does not give its log_hash", buf
	}
	return "", buf
}

// unlikeValue says what is wrong with one value. The hash alone does not do:
// two rows give the same canonical bytes where one of them has a stray byte in
// place of U+FFFD, or the end of a JSON column and the columns behind it inside
// that JSON column.
func unlikeValue(c *Column, v Value, buf []byte) (string, []byte) {
	if !v.set || !c.Type.IsText() {
		return "", buf
	}
	if canon.CheckString(v.text) != nil {
		return "column " + c.Name + " is not valid text", buf
	}
	if !c.Type.IsJSON() {
		return "", buf
	}
	sound := false
	if c.Type == TypeJSON {
		var err error
		buf, err = canon.AppendJSON(buf[:0], []byte(v.text))
		sound = err == nil && string(buf) == v.text
	} else {
		again, err := c.ParseValue([]byte(v.text))
		sound = err == nil && again.set && again.text == v.text
	}
	if !sound {
		return "column " + c.Name + " is not in canonical form", buf
	}
	return "", buf
}
