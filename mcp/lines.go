package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/daybook-audit/daybook"
)

// mostHeld is how much of a line is looked at for the id to refuse it under.
const mostHeld = 4 * maxMessage

// lineReader gives the lines of an input that are messages, and refuses the others
// one by one. The SDK ends the connection at the first of them, and with it the
// work of a model that has put too much into one call. Who begins with something
// else is no client, and does not get that far.
type lineReader struct {
	in   *bufio.Reader
	out  io.Writer
	left []byte // of the line that is being given
	some bool   // there was a message
}

// Read gives what comes next.
func (l *lineReader) Read(p []byte) (int, error) {
	for len(l.left) == 0 {
		line, err := l.next()
		if err != nil {
			return 0, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		id, err := checkLine(line)
		if err == nil {
			l.left, l.some = append(line, '\n'), true
			break
		}
		if l.some {
			err = l.refuse(id, err)
		}
		if err != nil {
			return 0, err
		}
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

// next gives one line without its end; of one that is far too long no more than
// is held.
func (l *lineReader) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		if room := mostHeld - len(line); room > 0 {
			line = append(line, part[:min(len(part), room)]...)
		}
		switch {
		case err == nil || errors.Is(err, io.EOF) && len(line) > 0:
			return bytes.TrimRight(line, "\r\n"), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// checkLine says why a line is no message, and under which id to say it. Several
// messages in one line are of the older versions.
func checkLine(line []byte) (id json.RawMessage, err error) {
	if bytes.TrimSpace(line)[0] == '[' && len(line) <= maxMessage && json.Valid(line) {
		return nil, nil
	}
	if id, err = checkMessage(line); err == nil {
		if _, why := jsonrpc.DecodeMessage(line); why != nil {
			err = &daybook.Error{Code: daybook.CodeMalformed, Message: "this is no message of JSON-RPC 2.0", Err: why, Hint: "send one message a line"}
		}
	}
	if err != nil && id == nil {
		id = idOf(line)
	}
	return id, err
}

// idOf gives the id of a message that may be no good otherwise; nil where it
// cannot be told.
func idOf(line []byte) json.RawMessage {
	var message struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(line, &message) != nil || len(message.ID) > maxID || strings.ContainsAny(string(message.ID[:min(1, len(message.ID))]), "{[n") {
		return nil
	}
	return message.ID
}

// refuse answers with an error of the protocol. An id that cannot be told is
// null.
func (l *lineReader) refuse(id json.RawMessage, why error) error {
	code := jsonrpc.CodeInvalidRequest
	if len(id) == 0 {
		id, code = json.RawMessage("null"), jsonrpc.CodeParseError
	}
	_, err := l.out.Write(append(marshal(map[string]any{
		"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": code, "message": harmless(cut(told(why), briefText))},
	}), '\n'))
	return err
}

// shared lets several write to one output, each of them whole messages. It leaves
// closing to who opened it.
type shared struct {
	mu  sync.Mutex
	out io.Writer
}

// Write writes.
func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(b)
}

// Close leaves it open.
func (*shared) Close() error { return nil }
