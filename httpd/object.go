package httpd

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/daybook-audit/daybook"
)

// parseObject reads a body that is one object into v, as strictly as its schema
// says: each name is written as it stands there, and once. Of two roles in one
// request nobody could tell which was meant, or which of them somebody before
// this server had looked at. What the body is stands in errors.
func parseObject(body *bytes.Buffer, v any, what, hint string) error {
	decoder := jsontext.NewDecoder(body)
	err := json.UnmarshalDecode(decoder, v, json.RejectUnknownMembers(true))
	if err == nil {
		if _, err = decoder.ReadToken(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errMore
	}
	var (
		typed  *json.SemanticError
		formed *jsontext.SyntacticError
	)
	why := "it is not an object"
	switch {
	case errors.Is(err, errMore):
		why = err.Error()
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &typed):
		why = "unknown field " + strconv.Quote(daybook.Clip(typed.JSONPointer.LastToken()))
	case errors.As(err, &typed) && typed.JSONPointer != "":
		return &daybook.Error{Code: daybook.CodeInvalid, Path: string(typed.JSONPointer), Message: "cannot be " + nameOf(typed.JSONKind), Hint: hint}
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &formed):
		why = strconv.Quote(daybook.Clip(formed.JSONPointer.LastToken())) + " is there twice"
	case errors.As(err, &formed):
		why = "malformed JSON at byte " + strconv.FormatInt(formed.ByteOffset, 10)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = "it ends too soon"
	}
	return &daybook.Error{Code: daybook.CodeMalformed, Message: what + " cannot be read: " + why, Hint: hint}
}

var errMore = errors.New("there is more behind the object")

// nameOf is what a client calls a JSON value of a kind.
func nameOf(kind jsontext.Kind) string {
	switch kind {
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "bool"
	}
	return kind.String()
}
