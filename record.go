package daybook

// Record is what a client says: one kind and its fields, or an amendment that
// fills fields of a subject that exists. Values stand in the order of the
// kind's columns; the places of the envelope are empty but for log_id and
// warnings.
type Record struct {
	Kind   *Kind
	Values []Value
	Amend  bool // fills lifecycle fields of the subject it names

	// Derived are records that follow from this one, such as the lineage of an
	// operation's SQL. They are written right behind it, with it or not at all,
	// and only where it is written for the first time: a repeat adds nothing.
	// Their receipts go to nobody.
	Derived []Record

	// Pattern marks an operation that may be stored as a repeat of one that did
	// the same; nil for one that is stored in full.
	Pattern *Pattern

	// Refused is why the record is not written, unless it repeats one that was
	// written when it was not refused yet; nil for most.
	Refused error

	// Base is the revision of the subject that an amendment was computed from: on
	// another it is not written, and the error is [ErrStale]. 0 is for any.
	Base int64

	filled uint64 // bit i: column i was filled in on the way, not given
}

// NewRecord makes an empty record of a kind.
func NewRecord(k *Kind) Record { return Record{Kind: k, Values: make([]Value, len(k.Columns))} }

// Get gives the value of a column by name; absent where the kind has no such
// column.
func (r *Record) Get(name string) Value {
	if i, ok := r.Kind.Column(name); ok {
		return r.Values[i]
	}
	return Value{}
}

// Set sets a column by name and reports whether the kind has it.
func (r *Record) Set(name string, v Value) bool {
	i, ok := r.Kind.Column(name)
	if ok {
		r.Values[i] = v
	}
	return ok
}

// Fill sets the value of column i for a client that gave none, and marks it so:
// a repeat of the record need not come to the same value.
func (r *Record) Fill(i int, v Value) {
	r.Values[i] = v
	r.filled |= 1 << i
}

// Filled says whether column i was filled in on the way.
func (r *Record) Filled(i int) bool { return r.filled&(1<<i) != 0 }

// Given takes the value of column i as given: a record that is sent again
// repeats what was filled in at first.
func (r *Record) Given(i int) { r.filled &^= 1 << i }

// LogID gives the log_id, or "" where the client gave none.
func (r *Record) LogID() string { return r.Values[r.Kind.envelope.logID].text }

// SetLogID sets the log_id: a UUID in lower case.
func (r *Record) SetLogID(id string) { r.Values[r.Kind.envelope.logID] = TextValue(id) }

// SubjectID gives the subject's id as text, or "".
func (r *Record) SubjectID() string { return subjectID(r.Kind, r.Values) }

// Business gives the tenant, or "".
func (r *Record) Business() string { return r.Values[r.Kind.envelope.business].text }

// SetBusiness sets the tenant.
func (r *Record) SetBusiness(id string) { r.Values[r.Kind.envelope.business] = TextValue(id) }

// Warn adds a warning that stays on the entry.
func (r *Record) Warn(warning string) {
	i, _ := r.Kind.Column("warnings")
	list, _ := Texts(r.Values[i])
	r.Values[i] = TextsValue(append(list, warning))
}

// CutMark is how the mark begins that stands in the place of data which was cut
// out of a record, and "]" how it ends; between them stands what it was.
const CutMark = "[CUT: "
