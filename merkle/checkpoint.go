package merkle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// ErrSignature says that a checkpoint is not signed by the key it was checked
// with.
var ErrSignature = errors.New("merkle: the checkpoint is not signed by this key")

// maxCheckpoint bounds a signed checkpoint, in bytes: room for well over the 16
// signatures, each of up to 5 KB, that C2SP signed-note wants accepted.
const maxCheckpoint = 256 << 10

// maxOrigin bounds the origins that we make keys for, in bytes.
const maxOrigin = 255

// Checkpoint is a tree head: that the ledger named Origin has, in its first
// Size leaves, this Root.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
}

// Text returns the checkpoint's three lines, the text that is signed
// (C2SP tlog-checkpoint).
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// ParseCheckpoint parses a checkpoint's text. Extension lines after the third
// are let pass; they must not be empty. A size with a sign or a leading zero,
// or a root in other than canonical base64, is refused.
func ParseCheckpoint(text string) (Checkpoint, error) {
	if len(text) > maxCheckpoint {
		return Checkpoint{}, fmt.Errorf("merkle: a checkpoint of %d bytes is too long", len(text))
	}
	if !isNoteText(text) {
		return Checkpoint{}, fmt.Errorf("merkle: checkpoint is not UTF-8 text without control characters")
	}
	body, ended := strings.CutSuffix(text, "\n")
	lines := strings.Split(body, "\n")
	if !ended || len(lines) < 3 {
		return Checkpoint{}, fmt.Errorf("merkle: checkpoint is not three lines: origin, size, root")
	}
	for i, line := range lines {
		if line == "" {
			return Checkpoint{}, fmt.Errorf("merkle: checkpoint line %d is empty", i+1)
		}
	}
	size, err := parseSize(lines[1])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("merkle: checkpoint size: %w", err)
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("merkle: checkpoint root: %w", err)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// parseSize parses a decimal from 0 to MaxSize without sign or leading zeros.
func parseSize(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("%.32q is not a decimal without leading zeros", s)
	}
	if n < 0 || n > MaxSize {
		return 0, fmt.Errorf("%d is outside 0 to %d", n, int64(MaxSize))
	}
	return n, nil
}

// isNoteText reports whether a text may stand in a signed note.
func isNoteText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' })
}

// checkOrigin reports whether an origin can be a key's name too, which holds
// neither spaces nor '+' (C2SP signed-note).
func checkOrigin(origin string) error {
	bad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }
	if origin == "" || len(origin) > maxOrigin || !utf8.ValidString(origin) || strings.ContainsFunc(origin, bad) {
		return fmt.Errorf("merkle: origin %.64q must be 1 to %d bytes without spaces, control characters or '+'", origin, maxOrigin)
	}
	return nil
}

// OpenCheckpoint checks that the key public, a note verifier key, signed the
// note, and that the key's name is the checkpoint's origin. A checkpoint that
// this key did not sign is [ErrSignature]. Other keys' signatures are let pass.
func OpenCheckpoint(signed []byte, public string) (Checkpoint, error) {
	verifier, err := newVerifier(public)
	if err != nil {
		return Checkpoint{}, err
	}
	if len(signed) > maxCheckpoint {
		return Checkpoint{}, fmt.Errorf("merkle: a checkpoint of %d bytes is too long", len(signed))
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return Checkpoint{}, openError(err, verifier)
	}
	for _, signature := range n.Sigs {
		// Package note lets stray bits at its end pass: one checkpoint would have
		// several spellings.
		if _, err := decodeBase64(signature.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("%w, %s+%08x: its signature is %w", ErrSignature, signature.Name, signature.Hash, err)
		}
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != verifier.Name() {
		return Checkpoint{}, fmt.Errorf("merkle: the checkpoint is of %q, but the key is for %q", c.Origin, verifier.Name())
	}
	return c, nil
}

func openError(err error, verifier note.Verifier) error {
	key := fmt.Sprintf("%s+%08x", verifier.Name(), verifier.KeyHash())
	var unsigned *note.UnverifiedNoteError
	var wrong *note.InvalidSignatureError
	switch {
	case errors.As(err, &unsigned):
		return fmt.Errorf("%w, %s: check that this public key is the ledger's", ErrSignature, key)
	case errors.As(err, &wrong):
		return fmt.Errorf("%w, %s: its signature does not match, so the text or the signature was changed", ErrSignature, key)
	}
	return fmt.Errorf("merkle: the checkpoint is not a signed note: %w", err)
}

// UnverifiedCheckpoint parses a signed checkpoint without checking any
// signature: to show or compare it where no key is at hand, never to trust it.
func UnverifiedCheckpoint(signed []byte) (Checkpoint, error) {
	if len(signed) > maxCheckpoint {
		return Checkpoint{}, fmt.Errorf("merkle: a checkpoint of %d bytes is too long", len(signed))
	}
	// With no verifier known, a well-formed note is in the error.
	_, err := note.Open(signed, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return Checkpoint{}, fmt.Errorf("merkle: the checkpoint is not a signed note: %w", err)
	}
	return ParseCheckpoint(unverified.Note.Text)
}
