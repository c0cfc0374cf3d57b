package token

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Key authenticates the rows of tokens. It is as secret as what it follows
// from.
type Key [32]byte

// purpose names the key among those that follow from a private key, and the
// form of what it authenticates. Another form gets another name.
const purpose = "token rows, form 1"

// KeyOf gives the key of a ledger's tokens.
func KeyOf(s *merkle.Signer) (Key, error) {
	key, err := s.Derive(purpose)
	if err != nil {
		return Key{}, fmt.Errorf("token: %w", err)
	}
	return key, nil
}

// seal gives a token its MAC.
func (k Key) seal(t daybook.Token) daybook.Token {
	t.MAC = k.mac(&t)
	return t
}

// holds says whether a token's MAC is this key's.
func (k Key) holds(t *daybook.Token) bool {
	want := k.mac(t)
	return hmac.Equal(want[:], t.MAC[:])
}

// mac is the HMAC-SHA-256 over all that a token says but when it was last
// used, each part behind its length.
func (k Key) mac(t *daybook.Token) [32]byte {
	h := hmac.New(sha256.New, k[:])
	for _, part := range []string{
		t.ID, t.Name, string(t.Role), t.Business, t.Agent, string(t.Hash[:]),
		micros(t.CreatedAt), micros(t.ExpiresAt), micros(t.RevokedAt),
	} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return [32]byte(h.Sum(nil))
}

// micros tells a time as microseconds since 1970, "" for none.
func micros(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}

// Rekey gives every token whose MAC is that of the old key one of the new key,
// all in one transaction: for a ledger whose key is replaced. It counts those
// that are good under the new key, and those that are under neither and stay
// refused. Doing it again changes nothing.
func Rekey(ctx context.Context, store daybook.Tokens, from, to Key) (kept, refused int, err error) {
	err = store.ChangeTokens(ctx, func(all []daybook.Token) ([]daybook.Token, error) {
		kept, refused = 0, 0
		var changed []daybook.Token
		for _, t := range all {
			switch {
			case to.holds(&t):
				kept++
			case from.holds(&t):
				kept++
				changed = append(changed, to.seal(t))
			default:
				refused++
			}
		}
		return changed, nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("token: %w", err)
	}
	return kept, refused, nil
}
