package scan

import (
	"cmp"
	"slices"

	"github.com/daybook-audit/daybook"
)

// A Difference is what a plan says that the ledger does not, and what the
// ledger says, because an earlier scan of the database did, and the plan no
// longer does.
type Difference struct {
	Artifacts  []daybook.OutputArtifact
	Operations []daybook.TransformationOperation
	Edges      []daybook.LineageEdge
	Gone       []daybook.OutputArtifact // current ones to end
	Ended      []daybook.LineageEdge    // current ones to end
	Kept       []string                 // artifacts of others, which a scan leaves as they are
}

// Empty says that there is nothing to write.
func (d *Difference) Empty() bool {
	return len(d.Artifacts)+len(d.Operations)+len(d.Edges)+len(d.Gone)+len(d.Ended) == 0
}

// compare makes the difference between a plan and what stands.
func compare(p *Plan, s *standing) (*Difference, error) {
	d := &Difference{}
	planned, edges := map[string]bool{}, map[daybook.LineageEdge]bool{}
	for i := range p.Parts {
		part := &p.Parts[i]
		planned[part.Artifact.ArtifactName] = true
		if err := d.part(part, s); err != nil {
			return nil, err
		}
		for j := range part.Edges {
			edges[identity(&part.Edges[j])] = true
		}
	}
	return d, d.gone(p.Filter, s, planned, edges)
}

func (d *Difference) part(part *Part, s *standing) error {
	stands := s.artifacts[part.Artifact.ArtifactName]
	if stands != nil && !stands.own {
		d.Kept = append(d.Kept, part.Artifact.ArtifactName)
	} else if same, err := sameArtifact(stands, part.Artifact); err != nil {
		return err
	} else if !same {
		d.Artifacts = append(d.Artifacts, part.Artifact)
		if part.Operation != nil {
			d.Operations = append(d.Operations, *part.Operation)
		}
	}
	for i := range part.Edges {
		e := &part.Edges[i]
		there := s.edges[identity(e)]
		if there != nil && there.own && !sameEdge(&there.edge, e) {
			d.Ended = append(d.Ended, there.edge)
			there = nil
		}
		if there == nil {
			d.Edges = append(d.Edges, *e)
		}
	}
	return nil
}

// compared are the columns in which a relation can differ from what an earlier
// scan wrote. How many rows it has is none of them: that differs every night.
var compared = []string{"artifact_type", "artifact_location", "source_tables", "columns", "description", "metadata"}

func sameArtifact(stands *artifact, ours daybook.OutputArtifact) (bool, error) {
	if stands == nil {
		return false, nil
	}
	r, err := daybook.RecordOf(ours)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(compared, func(column string) bool { return r.Get(column) != stands.entry.Get(column) }), nil
}

func sameEdge(a, b *daybook.LineageEdge) bool {
	return a.Subtype == b.Subtype && a.Resolution == b.Resolution && a.TransformationDescription == b.TransformationDescription
}

// gone ends what scans of this database made of relations that the filter
// takes, and that the plan does not have.
func (d *Difference) gone(f Filter, s *standing, planned map[string]bool, edges map[daybook.LineageEdge]bool) error {
	for name, a := range s.artifacts {
		if !a.own || planned[name] || !f.takes(nameOf(name)) {
			continue
		}
		one, err := daybook.As[daybook.OutputArtifact](a.entry)
		if err != nil {
			return err
		}
		d.Gone = append(d.Gone, one)
	}
	for key, e := range s.edges {
		if e.own && !edges[key] && f.takes(Name{e.edge.TargetSchema, e.edge.TargetName}) {
			d.Ended = append(d.Ended, e.edge)
		}
	}
	slices.SortFunc(d.Gone, func(a, b daybook.OutputArtifact) int { return cmp.Compare(a.ArtifactName, b.ArtifactName) })
	slices.SortFunc(d.Ended, func(a, b daybook.LineageEdge) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}
