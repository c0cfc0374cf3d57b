package daybook

import (
	"encoding/hex"
	"strconv"

	"github.com/daybook-audit/daybook/canon"
)

// Entry is a record as the ledger wrote it. Values hold every column of the
// kind, envelope included; seq and log_hash stand beside them because the hash
// is over everything else.
type Entry struct {
	Kind    *Kind
	Seq     int64
	LogHash [32]byte
	Values  []Value
}

// Get gives the value of a column by name; absent where the kind has none.
func (e *Entry) Get(name string) Value {
	if i, ok := e.Kind.Column(name); ok {
		return e.Values[i]
	}
	return Value{}
}

// Text gives the text of a column held as text, or "".
func (e *Entry) Text(name string) string { return e.Get(name).text }

// LogID names the entry.
func (e *Entry) LogID() string { return e.Values[e.Kind.envelope.logID].text }

// LoggedAt is when the ledger wrote it, in canonical form.
func (e *Entry) LoggedAt() string { return e.Values[e.Kind.envelope.loggedAt].text }

// RetainUntil is the earliest time at which the body may go, in canonical form.
func (e *Entry) RetainUntil() string { return e.Values[e.Kind.envelope.retainUntil].text }

// Revision is 1 for a subject's first entry.
func (e *Entry) Revision() int64 { return e.Values[e.Kind.envelope.revision].Int() }

// Principal is who wrote it.
func (e *Entry) Principal() string { return e.Values[e.Kind.envelope.principal].text }

// Business is the tenant.
func (e *Entry) Business() string { return e.Values[e.Kind.envelope.business].text }

// SubjectID is what the entry is about, as text.
func (e *Entry) SubjectID() string { return subjectID(e.Kind, e.Values) }

// Agent names the agent, or "" where the kind names none.
func (e *Entry) Agent() string {
	if e.Kind.agent < 0 {
		return ""
	}
	return e.Values[e.Kind.agent].text
}

// Time is when it happened, in canonical form.
func (e *Entry) Time() string { return e.Values[e.Kind.time].text }

func subjectID(k *Kind, values []Value) string {
	v := values[k.subject]
	if !v.set {
		return ""
	}
	if k.Columns[k.subject].Type == TypeInt {
		return strconv.FormatInt(v.Int(), 10)
	}
	return v.text
}

// Envelope is what the ledger gives an entry when it sequences it.
type Envelope struct {
	LogID, LoggedAt, Principal, RetainUntil, Salt string
	Revision                                      int64
}

// Seal fills in the envelope, and the kind's own name.
func (e *Entry) Seal(v Envelope) {
	at := &e.Kind.envelope
	e.Values[at.kind] = TextValue(e.Kind.Name)
	e.Values[at.logID] = TextValue(v.LogID)
	e.Values[at.loggedAt] = TextValue(v.LoggedAt)
	e.Values[at.principal] = TextValue(v.Principal)
	e.Values[at.retainUntil] = TextValue(v.RetainUntil)
	e.Values[at.salt] = TextValue(v.Salt)
	e.Values[at.revision] = IntValue(v.Revision)
}

// AppendCanonical appends the canonical form: the bytes that log_hash is the
// SHA-256 of, and that Python's json.dumps(entry, sort_keys=True) gives for the
// entry without seq and log_hash.
func (e *Entry) AppendCanonical(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendMembers(dst, e.Kind, e.Values)
	return append(dst, '}')
}

// AppendExport appends the entry as one JSON object: the canonical form with
// log_hash and seq behind it.
func (e *Entry) AppendExport(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendMembers(dst, e.Kind, e.Values)
	dst = append(dst, `, "log_hash": "`...)
	dst = hex.AppendEncode(dst, e.LogHash[:])
	dst = append(dst, `", "seq": `...)
	dst = strconv.AppendInt(dst, e.Seq, 10)
	return append(dst, '}')
}

// MarshalJSON gives the entry as exports have it.
func (e *Entry) MarshalJSON() ([]byte, error) { return e.AppendExport(nil), nil }

func appendMembers(dst []byte, k *Kind, values []Value) []byte {
	first := true
	for i := range values {
		v := &values[i]
		if !v.set {
			continue
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		c := &k.Columns[i]
		dst = append(dst, c.key...)
		dst = appendValue(dst, c.Type, v)
	}
	return dst
}

func appendValue(dst []byte, t Type, v *Value) []byte {
	switch t {
	case TypeInt:
		return canon.AppendInt(dst, v.Int())
	case TypeFloat:
		return canon.AppendFloat(dst, v.Float())
	case TypeBool:
		return canon.AppendBool(dst, v.Bool())
	case TypeJSON, TypeTexts, TypeOptions:
		return append(dst, v.text...)
	default:
		return canon.AppendString(dst, v.text)
	}
}

// AppendValue appends one value as canonical JSON.
func AppendValue(dst []byte, t Type, v Value) []byte { return appendValue(dst, t, &v) }

// Spine is the narrow row that every entry has and keeps for ever.
type Spine struct {
	Seq         int64
	LogID       string
	Kind        *Kind
	LoggedAt    string
	RetainUntil string
	LogHash     [32]byte
}

// SpineOf gives the spine row of an entry.
func SpineOf(e *Entry) Spine {
	return Spine{
		Seq: e.Seq, LogID: e.LogID(), Kind: e.Kind, LoggedAt: e.LoggedAt(),
		RetainUntil: e.RetainUntil(), LogHash: e.LogHash,
	}
}

// LeafVersion begins every leaf, so that a later form cannot be taken for this
// one.
const LeafVersion = "daybook-entry/1"

// AppendLeaf appends the leaf of the tree: version, kind, log_id, logged_at,
// retain_until and log_hash, one a line, each line ended by a line feed.
func (s *Spine) AppendLeaf(dst []byte) []byte {
	dst = append(dst, LeafVersion...)
	dst = append(dst, '\n')
	dst = append(dst, s.Kind.Name...)
	dst = append(dst, '\n')
	dst = append(dst, s.LogID...)
	dst = append(dst, '\n')
	dst = append(dst, s.LoggedAt...)
	dst = append(dst, '\n')
	dst = append(dst, s.RetainUntil...)
	dst = append(dst, '\n')
	dst = hex.AppendEncode(dst, s.LogHash[:])
	return append(dst, '\n')
}
