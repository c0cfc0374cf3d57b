package postgres

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// spineColumns are the columns of the spine as [reader.spine] reads them.
const spineColumns = "s.seq, s.log_id, s.kind, s.logged_at, s.retain_until, s.log_hash"

// spineWidth is how many spineColumns there are.
const spineWidth = 6

// spine reads [spineColumns]. The fault, if there is one, says what does not
// hold what it should.
func (r *reader) spine(raw [][]byte) (s daybook.Spine, fault string) {
	note := func(is bool, why string) {
		if !is && fault == "" {
			fault = "spine." + why
		}
	}
	seq, ok := int64Of(raw[0])
	note(ok, "seq does not hold a number")
	s.Seq = seq
	note(len(raw[1]) == len(uuid.UUID{}), "log_id does not hold 16 bytes")
	if len(raw[1]) == len(uuid.UUID{}) {
		s.LogID = string(appendUUID(nil, uuid.UUID(raw[1])))
	}
	if len(raw[2]) == 2 {
		number := int16(binary.BigEndian.Uint16(raw[2]))
		s.Kind = daybook.KindNumbered(int(number))
		note(s.Kind != nil, fmt.Sprintf("kind holds %d, which is no kind's number", number))
	} else {
		note(false, "kind does not hold a number")
	}
	s.LoggedAt, ok = r.loggedAt.text(raw[3])
	note(ok, "logged_at does not hold a time")
	s.RetainUntil, ok = r.retainUntil.text(raw[4])
	note(ok, "retain_until does not hold a time")
	note(len(raw[5]) == len(s.LogHash), "log_hash does not hold 32 bytes")
	if len(raw[5]) == len(s.LogHash) {
		copy(s.LogHash[:], raw[5])
	}
	return s, fault
}

// int64Of reads a bigint.
func int64Of(raw []byte) (int64, bool) {
	if len(raw) != 8 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(raw)), true
}

// spines runs a statement that selects [spineColumns]. A row that cannot be
// read is an error of CodeDamaged.
func (s *Store) spines(ctx context.Context, c querier, sql string, args ...any) (found []daybook.Spine, err error) {
	var r reader
	err = s.each(ctx, c, sql, args, func(raw [][]byte) error {
		row, fault := r.spine(raw)
		if fault != "" {
			return damagedf("entry %d: %s", row.Seq, fault)
		}
		found = append(found, row)
		return nil
	})
	return found, err
}

// Spine implements [daybook.Store]. A row that cannot be read is an error of
// CodeDamaged.
func (s *Store) Spine(ctx context.Context, from, to int64) (found []daybook.Spine, err error) {
	err = s.read(ctx, "read the spine", func(ctx context.Context, c *pgx.Conn) error {
		found, err = s.spinesAt(ctx, c, from, to)
		return err
	})
	return found, err
}

func (s *Store) spinesAt(ctx context.Context, c querier, from, to int64) ([]daybook.Spine, error) {
	return s.spines(ctx, c, "SELECT "+spineColumns+" FROM {{ledger}}.spine AS s WHERE s.seq >= $1 AND s.seq < $2 ORDER BY s.seq", from, to)
}
