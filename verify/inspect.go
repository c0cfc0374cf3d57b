package verify

import "context"

// Inspector is a source that can look at what it keeps beside the entries:
// indexes, pages, the schema. Its readers go by these, so that answers may lie
// although every entry is as it was.
type Inspector interface {
	// Inspect gives faults, which nobody but an intruder or a broken disk
	// leaves behind, and remarks, which another version or an administrator may
	// have left.
	Inspect(ctx context.Context) (faults, remarks []string, err error)
}

// inspected is what an inspection found.
type inspected struct {
	faults, remarks []string
	err             error
}

// inspect starts an inspection beside the scan, if the source can be inspected
// and it is wanted.
func (p *pass) inspect() <-chan inspected {
	found := make(chan inspected, 1)
	inspector, ok := p.source.(Inspector)
	if !ok || p.o.EntriesOnly {
		found <- inspected{}
		return found
	}
	go func() {
		faults, remarks, err := inspector.Inspect(p.ctx)
		found <- inspected{faults, remarks, err}
	}()
	return found
}

// inspection reports what an inspection found.
func (p *pass) inspection(found inspected) error {
	for _, fault := range found.faults {
		p.report.whole(AboutStore, Modified, fault)
	}
	for _, remark := range found.remarks {
		p.note("%s", remark)
	}
	if p.o.EntriesOnly {
		p.note("indexes and schema were not looked at: answers that go by them may lie though the entries are sound")
	}
	return found.err
}
