package httpd

import (
	"net/http"
	"strconv"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/google/uuid"
)

// keySpace is the namespace of log_ids made from an Idempotency-Key: itself
// the UUIDv5 of this address in the namespace of URLs. It never changes, or a
// repeated call would write twice.
var keySpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/daybook-audit/daybook/idempotency-key"))

// longestKey is how long an Idempotency-Key may be, in bytes.
const longestKey = 255

// identify gives the records without a log_id one that follows from the
// request's Idempotency-Key, so that the same call again writes nothing.
func (b *batch) identify(r *http.Request, p daybook.Principal) error {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return nil
	}
	if len(key) > longestKey || len(r.Header.Values("Idempotency-Key")) > 1 || canon.CheckString(key) != nil {
		return &daybook.Error{
			Code: daybook.CodeMalformed, Message: "want one Idempotency-Key of at most " + strconv.Itoa(longestKey) + " bytes of UTF-8",
			Hint: "a UUID does well",
		}
	}
	for i := range b.records {
		if b.records[i].LogID() == "" {
			b.records[i].SetLogID(logIDOf(p, key, b.places[i]))
		}
	}
	return nil
}

// logIDOf is the UUIDv5 of [principal, business, key, index] as canonical JSON.
// The business is the one that the principal is bound to, "" for none.
func logIDOf(p daybook.Principal, key string, index int) string {
	name := canon.AppendStrings(nil, []string{p.Name, p.Business, key, strconv.Itoa(index)})
	return uuid.NewSHA1(keySpace, name).String()
}
