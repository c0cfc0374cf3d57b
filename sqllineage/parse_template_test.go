package sqllineage

import "testing"

func TestTemplatesNameTables(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT a FROM {{ ref('m') }}":                                   "m",
		"SELECT a FROM {{ ref('p', 'm') }} x":                            "m",
		`SELECT a FROM {{source("s", "t")}}`:                             "s.t",
		"{{ config(materialized='table') }} SELECT a FROM t":             "t",
		"SELECT a FROM {{ var('x') }}.t":                                 "{{ var('x') }}.t",
		"{% set x = 1 %} SELECT a FROM t {% if y %} WHERE b {% endif %}": "t",
	} {
		r := Parse(sql, Options{})
		if len(r.Sources) != 1 || r.Sources[0].String() != want || len(r.Warnings) > 0 {
			t.Errorf("%s: got %v and %v, want %s", sql, r.Sources, r.Warnings, want)
		}
	}
}
