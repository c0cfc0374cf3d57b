package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// mostIndexed is how many bytes of text a row of an index has room for: a third
// of a page, without what else stands there.
const mostIndexed = 2600

// Fitting gives a recorder that refuses records with names that no index has
// room for, before they are committed together with those of others, and hands
// on the rest. The catalog allows names of 1,024 characters: those of ASCII
// fit, those of other scripts may have four bytes a character.
func Fitting(next daybook.Recorder) daybook.Recorder { return fitting{next} }

type fitting struct{ next daybook.Recorder }

// Record implements [daybook.Recorder].
func (f fitting) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	for i := range records {
		if err := fits(&records[i]); err != nil {
			return nil, daybook.Under("/"+strconv.Itoa(i), err)
		}
	}
	return f.next.Record(ctx, p, records)
}

// fits refuses a record, or one derived from it, that an index has no room for.
func fits(r *daybook.Record) error {
	for _, places := range indexedTexts[r.Kind] {
		size := 0
		for _, i := range places {
			size += longest(&r.Kind.Columns[i], r.Values[i])
		}
		if size > mostIndexed {
			return &daybook.Error{
				Code: daybook.CodeTooLarge, Path: "/" + r.Kind.Columns[places[0]].Name,
				Message: fmt.Sprintf("takes %d bytes; a name in PostgreSQL has at most %d", size, mostIndexed),
				Hint:    "shorten it",
			}
		}
	}
	for i := range r.Derived {
		if err := fits(&r.Derived[i]); err != nil {
			return err
		}
	}
	return nil
}

// longest is how many bytes of a value stand in one row of an index: of an
// array each member has its own.
func longest(c *daybook.Column, v daybook.Value) int {
	if c.Type != daybook.TypeTexts || len(v.Text()) <= mostIndexed {
		return len(v.Text())
	}
	most := 0
	list, err := daybook.Texts(v)
	if err != nil {
		return len(v.Text())
	}
	for _, s := range list {
		most = max(most, len(s))
	}
	return most
}

// indexedTexts are the columns of text of each index of a kind.
var indexedTexts = func() map[*daybook.Kind][][]int {
	all := map[*daybook.Kind][][]int{}
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			c := &k.Columns[i]
			isAgent := k.Agent() != nil && k.Agent().Name == c.Name
			if c.Type != daybook.TypeText && searched[k.Name] != c.Name || !c.Index && !c.Subject && !isAgent && searched[k.Name] != c.Name {
				continue
			}
			places := []int{i}
			for _, more := range walked[c.Name] {
				if j, ok := k.Column(more); ok && k == lineageEdge && k.Columns[j].Type == daybook.TypeText {
					places = append(places, j)
				}
			}
			all[k] = append(all[k], places)
		}
	}
	return all
}()
