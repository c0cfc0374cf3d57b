package daybook

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Decoder reads records from JSON: one object, an array of objects, or objects
// one after the other (NDJSON). An object names its kind in "kind"; "amend":
// true makes it an amendment.
type Decoder struct {
	json    *jsontext.Decoder
	kind    *Kind // the kind where the objects do not name one
	index   int
	started bool
	array   bool
}

// NewDecoder reads from r. A kind may be given for objects that need not name
// theirs; an object that names another is refused. Give a *bytes.Buffer where
// the input is in memory: it is then read without copying.
func NewDecoder(r io.Reader, kind *Kind) *Decoder {
	return &Decoder{json: jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true)), kind: kind}
}

func newJSON(raw []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
}

// Next gives the next record, or io.EOF. After an error of CodeInvalid the
// next call goes on behind the record that was refused; after any other the
// input is of no more use. Paths begin with the record's index unless the
// input is a single object.
func (d *Decoder) Next() (Record, error) {
	if !d.started {
		if err := d.start(); err != nil {
			return Record{}, err
		}
	}
	switch d.json.PeekKind() {
	case ']':
		if _, err := d.json.ReadToken(); err != nil {
			return Record{}, malformed(err)
		}
		d.array = false
		return Record{}, d.end()
	case '{':
		return d.record()
	}
	return Record{}, d.notAnObject()
}

// Array says whether the input is an array, once the first record was read.
func (d *Decoder) Array() bool { return d.array }

// Index is how many records were read so far, refused ones included.
func (d *Decoder) Index() int { return d.index }

func (d *Decoder) start() error {
	d.started = true
	if d.json.PeekKind() != '[' {
		return nil
	}
	d.array = true
	_, err := d.json.ReadToken()
	return err
}

// end wants nothing behind the array.
func (d *Decoder) end() error {
	_, err := d.json.ReadToken()
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return malformed(err)
	}
	return &Error{Code: CodeMalformed, Message: "more input behind the array", Hint: "send one array, one object, or one object a line"}
}

// notAnObject reads over a value that is no record, so that those behind it can
// be read. Where it is the whole input there is no record at all.
func (d *Decoder) notAnObject() error {
	raw, err := d.json.ReadValue()
	if errors.Is(err, io.EOF) && !d.array {
		return io.EOF
	}
	path := "/" + strconv.Itoa(d.index)
	if err != nil {
		under := path
		if d.array {
			under = "" // an array's index is in the error's own pointer
		}
		return within(path, malformedUnder(under, err))
	}
	d.index++
	e := &Error{
		Code: CodeInvalid, Path: path, Message: "want an object, got " + describe(raw),
		Hint: `a record is an object such as {"kind": "conversations", "agent_position": "CFO"}`,
	}
	if d.alone() {
		e.Code = CodeMalformed
	}
	return e
}

// within cuts the path of an error behind a place where it has no more to say.
func within(path string, err error) error {
	var e *Error
	if errors.As(err, &e) && strings.HasPrefix(e.Path, path+"/") {
		e.Path = path
	}
	return err
}

func (d *Decoder) record() (Record, error) {
	path := "/" + strconv.Itoa(d.index)
	d.index++
	o := objectReader{json: d.json, kind: d.kind}
	if err := o.read(); err != nil {
		if d.array || d.index == 1 {
			path = "" // an array's index is in the error's own pointer; a single object has none
		}
		return Record{}, malformedUnder(path, err)
	}
	if o.first == nil {
		o.first = o.finish()
	}
	if o.first != nil {
		if d.alone() {
			path = ""
		}
		return Record{}, Under(path, o.first)
	}
	return o.record, nil
}

// alone says that the record just read is the whole input.
func (d *Decoder) alone() bool {
	return !d.array && d.index == 1 && d.json.PeekKind() == 0
}

func malformed(err error) error { return malformedUnder("", err) }

// malformedUnder tells where the JSON ceases to be JSON.
func malformedUnder(path string, err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return err
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		path += string(syntactic.JSONPointer)
		return &Error{
			Code: CodeMalformed, Path: clipPath(path), Message: "malformed JSON at byte " + strconv.FormatInt(syntactic.ByteOffset, 10) + ": " + syntactic.Err.Error(),
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &Error{Code: CodeMalformed, Path: path, Message: "malformed JSON: it ends too early"}
	}
	return &Error{Code: CodeMalformed, Path: path, Message: "malformed JSON", Err: err}
}

func clipPath(path string) string {
	const most = 200
	if len(path) > most {
		return path[:most] + "…"
	}
	return path
}

func pointerEscape(name string) string {
	name = strings.ReplaceAll(Clip(name), "~", "~0")
	return strings.ReplaceAll(name, "/", "~1")
}
