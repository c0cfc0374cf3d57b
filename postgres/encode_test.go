package postgres

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/storetest"
	"pgregory.net/rapid"
)

// fields takes a row apart as the server does, and gives what it sends back for
// it: nil for NULL.
func fields(t *rapid.T, row []byte) (raw [][]byte) {
	n := int(binary.BigEndian.Uint16(row))
	row = row[2:]
	for range n {
		length := int32(binary.BigEndian.Uint32(row))
		row = row[4:]
		if length < 0 {
			raw = append(raw, nil)
			continue
		}
		raw, row = append(raw, row[:length:length]), row[length:]
	}
	if len(row) > 0 {
		t.Fatalf("%d bytes behind the row", len(row))
	}
	return raw
}

// TestRowsReadBack holds the encoder and the reader against each other: what
// one puts the other reads, to the canonical byte.
func TestRowsReadBack(t *testing.T) {
	t.Parallel()
	tables := planTables()
	for _, k := range daybook.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			w := storetest.NewWriter(storetest.NewModel())
			rapid.Check(t, func(t *rapid.T) {
				batch, _ := w.Batch(storetest.Records(k).Draw(t, "record"))
				e := batch.Entries[0]
				row, err := tables[k].putBody(nil, e)
				if err != nil {
					t.Fatal(err)
				}
				place, err := tables[k].putSpine(nil, e)
				if err != nil {
					t.Fatal(err)
				}
				var r reader
				got, err := r.entry(tables[k], append(fields(t, place), fields(t, row)...))
				if err != nil {
					t.Fatal(err)
				}
				if string(got.AppendExport(nil)) != string(e.AppendExport(nil)) {
					t.Fatalf("reads\n%s\nbut was\n%s", got.AppendExport(nil), e.AppendExport(nil))
				}
			})
		})
	}
}

func TestTimesAreThoseOfTheCalendar(t *testing.T) {
	t.Parallel()
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		text := storetest.Times().Draw(t, "time")
		want, err := canon.ParseTime(text)
		if err != nil {
			t.Fatal(err)
		}
		micros, ok := microsOf(text)
		if !ok || micros != want.UnixMicro()-epoch.UnixMicro() {
			t.Fatalf("%s is %d (%t), want %d", text, micros, ok, want.UnixMicro()-epoch.UnixMicro())
		}
		if back, ok := timeText(micros); !ok || back != text {
			t.Fatalf("%d is %s (%t), want %s", micros, back, ok, text)
		}
		day, ok := dayOf(text[:10])
		if back, is := appendDate(nil, int64(day)); !ok || !is || string(back) != text[:10] {
			t.Fatalf("%s is day %d (%t), which is %s (%t)", text[:10], day, ok, back, is)
		}
	})
	for day := range lastDay + 1 { // every date there is
		text, _ := appendDate(nil, int64(day))
		if back, ok := dayOf(string(text)); !ok || back != day {
			t.Fatalf("day %d is %s, which is day %d (%t)", day, text, back, ok)
		}
	}
}

func TestWhatIsNotCanonicalIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "2026-02-29T09:00:00.000000Z", "2026-13-01T09:00:00.000000Z", "2026-00-01T09:00:00.000000Z", "2026-01-00T09:00:00.000000Z",
		"0000-01-01T09:00:00.000000Z", "2026-01-31T24:00:00.000000Z", "2026-01-31T09:60:00.000000Z", "2026-01-31T09:00:60.000000Z",
		"2026-01-31T09:00:00.00000Z", "2026-01-31 09:00:00.000000Z", "2026-01-31T09:00:00.000000z", "2026-01-31T09:00:00.00-000Z",
		"2026-01-31T09:00:00,000000Z", "2026-01-31T09.00:00.000000Z", "2026_01-31T09:00:00.000000Z", "１2026-01-31T09:00:00.0000Z",
	} {
		if micros, ok := microsOf(text); ok {
			t.Errorf("%q is taken for %d", text, micros)
		}
	}
	for _, micros := range []int64{-1 << 63, 1<<63 - 1, -epochDay*microsOfADay - 1, (lastDay - epochDay + 1) * microsOfADay} {
		if text, ok := timeText(micros); ok {
			t.Errorf("%d is taken for %s", micros, text)
		}
	}
	for _, day := range []int32{-1 << 31, 1<<31 - 1, -epochDay - 1, lastDay - epochDay + 1, 213_503_983} { // the last is in 2000 if microseconds overflow
		if text, ok := dateText(binary.BigEndian.AppendUint32(nil, uint32(day))); ok {
			t.Errorf("day %d is taken for %s", day, text)
		}
	}
	for of, values := range map[daybook.Type][]string{
		daybook.TypeUUID:  {"", "0190f3c2-7b1e-7a40-8c11-00000000000", "0190F3C2-7b1e-7a40-8c11-000000000000", "0190f3c2x7b1e-7a40-8c11-000000000000", "0190f3c2-7b1e-7a40-8c11-00000000000g", "0190f3c2-7b1e-7a40-8c11-0000000000-0"},
		daybook.TypeHex:   {"0", "AB", "zz"},
		daybook.TypeTexts: {"", "[]", "{}", `["a"`, `["a",1]`, `"a"`},
		daybook.TypeTime:  {"yesterday"},
		daybook.TypeDate:  {"2026-02-30", "2026-1-1", "26-01-01"},
	} {
		for _, text := range values {
			if _, fault := putValue(nil, of, daybook.TextValue(text)); fault == "" {
				t.Errorf("%q is taken for a value of type %s", text, of)
			}
		}
	}
}

// FuzzReader gives the reader what a server never would: it must find fault, not
// fail.
func FuzzReader(f *testing.F) {
	tables := planTables()
	w := storetest.NewWriter(storetest.NewModel())
	for _, k := range daybook.Kinds() {
		batch, _ := w.Batch(storetest.Records(k).Example(1))
		row, err := tables[k].putBody(nil, batch.Entries[0])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(k.Number), row)
	}
	f.Fuzz(func(t *testing.T, number uint8, row []byte) {
		k := daybook.KindNumbered(int(number))
		if k == nil {
			return
		}
		table := tables[k]
		raw := make([][]byte, 2+len(table.columns))
		for i := range raw {
			if len(row) < 4 {
				break
			}
			length := int(int32(binary.BigEndian.Uint32(row)))
			row = row[4:]
			if length < 0 || length > len(row) {
				continue
			}
			raw[i], row = row[:length:length], row[length:]
		}
		var r reader
		values, fault := r.body(table, raw)
		if fault != "" {
			return
		}
		// Whatever is read without a fault has one form in the database.
		for i, at := range table.columns {
			c, field := &k.Columns[at], raw[2+i]
			if c.Type == daybook.TypeBool || c.Type == daybook.TypeTexts || field == nil { // what the server cannot send is not looked for
				continue
			}
			again, fault := putValue(nil, c.Type, values[at])
			if fault != "" || !bytes.Equal(again[4:], field) {
				t.Fatalf("%s.%s: %x is read as %q, which is put as %x: %s", k.Name, c.Name, field, values[at].Text(), again, fault)
			}
		}
	})
}
