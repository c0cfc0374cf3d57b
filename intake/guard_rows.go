package intake

import (
	"maps"
	"slices"
	"strings"
)

// siblings is what the elements of one array, or the values of one object, have
// in common.
type siblings struct {
	n, scalars, rows, tuples int
	width                    int            // of the first tuple
	cells                    int            // keys of all rows
	keys                     map[string]int // how many rows have each; nil until there is one
}

// mostKeys is how many different keys rows have; objects with more are no rows.
const mostKeys = 512

func (a *siblings) add(s shape) {
	a.n++
	switch {
	case s.kind == '{' && s.flat && s.width > 0:
		a.rows++
		a.cells += s.width
		if a.keys == nil {
			a.keys = map[string]int{}
		}
		for _, k := range s.keys {
			if len(a.keys) < mostKeys {
				a.keys[k]++
			}
		}
	case s.kind == '[' && s.flat && s.width > 1:
		if a.tuples == 0 {
			a.width = s.width
		}
		if s.width == a.width {
			a.tuples++
		}
	case s.kind != '{' && s.kind != '[':
		a.scalars++
	}
}

// alike says that the rows have mostly the same keys, and that there is little
// else besides them.
func (a *siblings) alike() bool {
	return a.rows*10 >= a.n*9 && len(a.keys) < mostKeys && a.cells*10 >= 7*a.rows*len(a.keys)
}

// names are the keys of the rows.
func (a *siblings) names() []string { return slices.Sorted(maps.Keys(a.keys)) }

// listings are names under which metadata is listed: there, objects that say
// what something is are no rows, and words no data.
var listings = map[string]bool{
	"assertions": true, "columns": true, "columnmetrics": true, "dependencies": true, "edits": true, "expectations": true, "fields": true,
	"files": true, "indexes": true, "inputs": true, "inputfields": true, "jars": true, "outputs": true, "parameters": true, "partitions": true,
	"paths": true, "properties": true, "schema": true, "schemas": true, "tables": true, "tags": true, "tests": true, "todos": true, "views": true,
}

// describing are keys of objects that say what something is, or what is to be
// done: edits of a text, and plans of coding agents.
var describing = []string{"name", "type", "field", "column", "table", "assertion", "description", "dataType", "data_type", "old_string", "activeForm"}

// describes says that what stands under a name is a listing of metadata.
func (s *jsonScan) describes(name string, all *siblings) bool {
	word := strings.ToLower(name)
	if i := strings.LastIndexByte(word, '_'); i >= 0 && listings[word[i+1:]] {
		word = word[i+1:]
	}
	switch {
	case s.rules.facets && facetListing(s.path):
		return true
	case !listings[word]:
		return false
	case all.rows == 0:
		return all.scalars == all.n && all.tuples == 0
	}
	return slices.ContainsFunc(describing, func(k string) bool { return all.keys[k]*2 > all.rows })
}

// listingFacets are OpenLineage's facets that list metadata by their nature,
// with those of its Spark integration that hold a query's plan.
var listingFacets = []string{
	"schema", "columnLineage", "dataQualityAssertions", "dataQualityMetrics", "environment-properties", "spark.logicalPlan",
	"spark_properties", "spark_jobDetails", "symlinks", "ownership", "tags", "jobDependencies", "gcp_lineage", "test",
}

// facetListing says that a path within facets leads into one of them. Facets
// may stand a level deeper, where they are kept by dataset.
func facetListing(path []string) bool {
	for _, name := range path[:min(3, len(path))] {
		if slices.Contains(listingFacets, name) {
			return true
		}
	}
	return false
}
