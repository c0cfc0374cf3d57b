package daybook

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// objectReader reads one object into a record. Members that come before the
// kind is known wait. The first fault is kept and the rest is read over, so
// that the next record can be read.
type objectReader struct {
	json    *jsontext.Decoder
	kind    *Kind
	record  Record
	seen    uint64
	waiting []member
	first   error
	named   bool
	stored  bool // an entry as exports have it: every member is taken
	hasSeq  bool
	hasHash bool
	entry   Entry
}

type member struct {
	name string
	raw  []byte
}

func (o *objectReader) read() error {
	if _, err := o.json.ReadToken(); err != nil {
		return err
	}
	if o.kind != nil {
		o.record = NewRecord(o.kind)
	}
	for o.json.PeekKind() != '}' {
		if err := o.member(); err != nil {
			return err
		}
	}
	_, err := o.json.ReadToken()
	return err
}

// member reads one member. Errors are of the JSON itself; a fault of the
// content is kept in first.
func (o *objectReader) member() error {
	name, err := o.json.ReadValue()
	if err != nil {
		return err
	}
	// A column's name is looked up before the value is read, which ends the
	// life of its bytes, so that only other names are copied.
	if k := o.record.Kind; k != nil {
		if i, ok := k.byName[string(name[1:len(name)-1])]; ok && i != k.envelope.kind {
			raw, err := o.json.ReadValue()
			if err == nil && o.first == nil {
				if fault := o.takeColumn(i, raw); fault != nil {
					o.first = Under("/"+k.Columns[i].Name, fault)
				}
			}
			return err
		}
	}
	text, fault := parseString(name, "text")
	raw, err := o.json.ReadValue()
	if err != nil {
		return err
	}
	if o.first == nil {
		o.first = fault
	}
	if o.first == nil {
		o.first = o.take(text, raw)
	}
	return nil
}

func (o *objectReader) take(name string, raw []byte) error {
	switch {
	case name == "kind":
		if err := o.takeKind(raw); err != nil {
			return Under("/kind", err)
		}
		return o.takeWaiting()
	case name == "amend" && !o.stored:
		v, err := parseBool(raw)
		o.record.Amend = v.Bool()
		return Under("/amend", err)
	case o.record.Kind == nil:
		o.waiting = append(o.waiting, member{name, bytes.Clone(raw)})
		return nil
	}
	return o.takeNamed(name, raw)
}

// takeNamed takes a member whose name was copied: one that waited, one that is
// no column, or a column's name written with escapes.
func (o *objectReader) takeNamed(name string, raw []byte) error {
	var err error
	if i, ok := o.record.Kind.byName[name]; ok {
		err = o.takeColumn(i, raw)
	} else {
		err = o.takeOther(name, raw)
	}
	if err == nil {
		return nil
	}
	return Under("/"+pointerEscape(name), err)
}

func (o *objectReader) takeKind(raw []byte) error {
	name, err := parseString(raw, "the name of a kind")
	if err != nil {
		return err
	}
	if o.named {
		return Invalidf("", "given twice")
	}
	o.named = true
	k, ok := kindByName[name]
	if !ok {
		return unknownKind(name)
	}
	if o.kind != nil {
		if k != o.kind {
			return Invalidf("", "%s, where only %s is taken", k.Name, o.kind.Name)
		}
		return nil
	}
	amend := o.record.Amend
	o.record = NewRecord(k)
	o.record.Amend = amend
	return nil
}

func (o *objectReader) takeWaiting() error {
	for _, m := range o.waiting {
		if err := o.takeNamed(m.name, m.raw); err != nil {
			return err
		}
	}
	o.waiting = nil
	return nil
}

func (o *objectReader) takeColumn(i int, raw []byte) error {
	if o.seen&(1<<i) != 0 {
		return Invalidf("", "given twice")
	}
	o.seen |= 1 << i
	c := &o.record.Kind.Columns[i]
	if c.Envelope && c.Name != "log_id" && !o.stored {
		return &Error{Code: CodeInvalid, Message: "is given by the ledger", Hint: "leave " + c.Name + " out"}
	}
	v, err := c.ParseValue(raw)
	if err != nil {
		return err
	}
	o.record.Values[i] = v
	return nil
}

func (o *objectReader) takeOther(name string, raw []byte) error {
	if !o.stored {
		if name == "seq" || name == "log_hash" {
			return &Error{Code: CodeInvalid, Message: "is given by the ledger", Hint: "leave " + name + " out"}
		}
		return unknownColumn(o.record.Kind, name)
	}
	switch name {
	case "seq":
		if o.hasSeq {
			return Invalidf("", "given twice")
		}
		o.hasSeq = true
		v, err := parseInt(raw)
		o.entry.Seq = v.Int()
		return err
	case "log_hash":
		if o.hasHash {
			return Invalidf("", "given twice")
		}
		o.hasHash = true
		s, err := parseString(raw, "text")
		if err != nil {
			return err
		}
		return parseHash(&o.entry.LogHash, s)
	}
	return unknownColumn(o.record.Kind, name)
}

func unknownColumn(k *Kind, name string) error {
	names := make([]string, 0, len(k.Columns))
	for i := range k.Columns {
		if !k.Columns[i].Envelope {
			names = append(names, k.Columns[i].Name)
		}
	}
	return &Error{
		Code: CodeInvalid, Message: "unknown field of " + k.Name,
		Hint: HintNear(name, names, k.Name+" has "+strings.Join(names, ", ")),
	}
}

func (o *objectReader) finish() error {
	if o.record.Kind == nil {
		return &Error{
			Code: CodeInvalid, Path: "/kind", Message: "is missing",
			Hint: `say what the record is, such as "kind": "conversations"`,
		}
	}
	return nil
}

// DecodeEntry reads an entry as exports have it.
func DecodeEntry(line []byte) (*Entry, error) {
	o := objectReader{json: newJSON(line), stored: true}
	if o.json.PeekKind() != '{' {
		return nil, &Error{Code: CodeMalformed, Message: "want an entry as one JSON object, got " + describe(bytes.TrimSpace(line))}
	}
	if err := o.read(); err != nil {
		return nil, malformed(err)
	}
	if o.first == nil {
		o.first = o.finish()
	}
	if o.first != nil {
		return nil, o.first
	}
	e := o.entry
	e.Kind, e.Values = o.record.Kind, o.record.Values
	e.Values[e.Kind.envelope.kind] = TextValue(e.Kind.Name)
	return &e, nil
}
