package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"

	"github.com/daybook-audit/daybook"
)

// The text of a token is
//
//	dbk_ID_SECRETCHECK
//
// where ID is 10 random bytes, SECRET 32 and CHECK the CRC-32 (IEEE, big
// endian) of all that stands before it, each in base32 of lower-case letters
// without padding. Scanners for secrets find it by
// dbk_[a-z2-7]{16}_[a-z2-7]{59}, and the check tells it from what only looks
// like it.
const (
	prefix      = "dbk_"
	idBytes     = 10
	secretBytes = 32
	idLength    = 16
	secretEnd   = len(prefix) + idLength + 1 + 52
	// Length is that of every token's text.
	Length = secretEnd + 7
)

var base = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// secret is what only the bearer knows.
type secret [secretBytes]byte

func (s secret) hash() [32]byte { return sha256.Sum256(s[:]) }

// random makes a new id and secret.
func random() (id string, s secret) {
	var raw [idBytes]byte
	_, _ = rand.Read(raw[:]) // never fails, or ends the program
	_, _ = rand.Read(s[:])
	return base.EncodeToString(raw[:]), s
}

// format gives the text of a token.
func format(id string, s secret) string {
	return string(appendText(make([]byte, 0, Length), id, s))
}

func appendText(dst []byte, id string, s secret) []byte {
	dst = append(dst, prefix...)
	dst = append(dst, id...)
	dst = append(dst, '_')
	dst = base.AppendEncode(dst, s[:])
	var check [4]byte
	binary.BigEndian.PutUint32(check[:], crc32.ChecksumIEEE(dst))
	return base.AppendEncode(dst, check[:])
}

// parse takes the text of a token apart. There is one text for an id and a
// secret: every other is refused.
func parse(text string) (id string, s secret, err error) {
	if len(text) != Length || text[:len(prefix)] != prefix || text[len(prefix)+idLength] != '_' {
		return "", s, notAToken("it has not the form of one")
	}
	id = text[len(prefix) : len(prefix)+idLength]
	var raw [idBytes]byte
	var sum [4]byte
	for _, part := range []struct {
		to   []byte
		from string
	}{{raw[:], id}, {s[:], text[len(prefix)+idLength+1 : secretEnd]}, {sum[:], text[secretEnd:]}} {
		// Decode takes lengths on trust, and they are right: the text has Length.
		if _, err := base.Decode(part.to, []byte(part.from)); err != nil {
			return "", secret{}, notAToken("it has characters that none has")
		}
	}
	if again := appendText(make([]byte, 0, Length), id, s); string(again) != text {
		return "", secret{}, notAToken("a character of it is wrong")
	}
	return id, s, nil
}

// notAToken does not repeat the text: it may be another secret.
func notAToken(why string) error {
	return &daybook.Error{
		Code: daybook.CodeUnauthorized, Message: "this is not a token: " + why,
		Hint: "send the whole of what daybook token create printed, as Authorization: Bearer dbk_…",
	}
}
