package intake

import (
	"strings"

	"github.com/daybook-audit/daybook"
)

// other is the layer of a session whose source tables do not agree on one.
const other = "OTHER"

// layers are the layers of a medallion warehouse, with the type of a session
// that reads from them.
var layers = [...]struct{ word, layer, session string }{
	{"bronze", "BRONZE", "BRONZE_TO_SILVER"},
	{"silver", "SILVER", "SILVER_AGGREGATE"},
	{"gold", "GOLD", "GOLD_VISUALIZATION"},
}

// completeLayer fills in source_layer and session_type of a session. The layer
// is the one that all of its source tables lie in; where they lie in several,
// where one lies in none that is known, or where there are no tables, it is
// OTHER: an audit does not guess. The type follows from the layer, given or
// found, and is AD_HOC_ANALYSIS for OTHER. The tables that a session will
// write are not known when it is checked out, so they say nothing here.
func completeLayer(p *sessionPlaces, r *daybook.Record) error {
	if !r.Values[p.layer].IsSet() {
		tables, err := daybook.Texts(r.Values[p.tables])
		if err != nil {
			return daybook.Under("/source_tables", err)
		}
		r.Fill(p.layer, daybook.TextValue(layerOfAll(tables)))
	}
	fill(r, p.kind, daybook.TextValue(sessionType(r.Values[p.layer].Text())))
	return nil
}

func sessionType(layer string) string {
	for i := range layers {
		if layers[i].layer == layer {
			return layers[i].session
		}
	}
	return "AD_HOC_ANALYSIS"
}

func layerOfAll(tables []string) string {
	common := other
	for i, table := range tables {
		layer := layerOf(table)
		if i > 0 && layer != common {
			return other
		}
		common = layer
	}
	return common
}

// layerOf gives the layer of a table by its qualifiers, the dotted parts before
// its own name: the first that is a layer's name, or begins with one and an
// underscore or hyphen (bronze, dev.bronze, bronze_usda). The case does not
// matter, nor do quotes. A table's own name says nothing: gold_prices may well
// be raw prices of gold.
func layerOf(table string) string {
	for {
		qualifier, rest, found := strings.Cut(table, ".")
		if !found {
			return other
		}
		qualifier = strings.Trim(qualifier, "\"`[]")
		for i := range layers {
			if isOrBegins(qualifier, layers[i].word) {
				return layers[i].layer
			}
		}
		table = rest
	}
}

func isOrBegins(s, word string) bool {
	if len(s) < len(word) || !strings.EqualFold(s[:len(word)], word) {
		return false
	}
	return len(s) == len(word) || s[len(word)] == '_' || s[len(word)] == '-'
}
