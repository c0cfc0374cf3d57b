package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// script is a script of the form that the package has.
const script = `const Q = [1, 2], E = [
  {
    id: "acme",
    name: "Acme \"Inc\"",
    api_pattern: "https://api\\.acme\\.com",
    provider_match: { contains: "acme" },
    extractors: [{ required: !0, or: !1, n: null }],
    models: [
      {
        id: 'a-1',
        description: ` + "`two\nlines`" + `,
        match: { or: [{ starts_with: "a-1" }, { regex: "^a\\d$" }] },
        context_window: 2e5,
        prices: { input_mtok: .8, output_mtok: 4, audio_hours: 1 }
      },
      {
        id: "a-2",
        match: { equals: "\u0061-2" },
        prices: [
          { prices: { input_mtok: { base: 3, tiers: [{ start: 200000, price: 6 }] } } },
          { constraint: { start_date: "2026-03-13", type: "start_date" }, prices: { input_mtok: 3 } },
          { constraint: { start_time: "00:30:00Z", end_time: "16:30:00Z", type: "time_of_date" }, prices: { audio_hours: 2 } },
        ]
      }
    ]
  }
];
export { E as data };`

// release is what the registry says of an archive.
func releaseOf(archive []byte) *release {
	var r release
	r.Version, r.License, r.Time = "9.9.9", "MIT", map[string]string{"9.9.9": "2027-01-31T23:00:00-05:00"}
	sum := sha512.Sum512(archive)
	r.Dist.Integrity, r.Dist.Tarball = "sha512-"+base64.StdEncoding.EncodeToString(sum[:]), "https://registry.example/a.tgz"
	return &r
}

func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	plain := gzip.NewWriter(&b)
	out := tar.NewWriter(plain)
	for name, text := range files {
		if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTake(t *testing.T) {
	t.Parallel()
	archive := packed(t, map[string]string{"package/LICENSE": "The MIT License (MIT)", "package/dist/index.js": script})
	r := releaseOf(archive)
	data, licence, err := take(archive, r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"package": "@pydantic/genai-prices", "version": "9.9.9", "published": "2027-02-01", "license": "MIT",
"archive": "https://registry.example/a.tgz", "integrity": "` + r.Dist.Integrity + `",
"not_covered": ["audio_hours"],
"providers": [
{"id": "acme", "name": "Acme \"Inc\"", "provider_match": {"contains":"acme"}, "models": [
 {"id": "a-1", "match": {"or":[{"starts_with":"a-1"},{"regex":"^a\\d$"}]}, "prices": [{"prices":{"input_mtok":0.8,"output_mtok":4}}]},
 {"id": "a-2", "match": {"equals":"a-2"}, "prices": [{"prices":{"input_mtok":{"base":3,"tiers":[{"price":6,"start":200000}]}}},{"start_date":"2026-03-13","prices":{"input_mtok":3}},{"start_time":"00:30:00Z","end_time":"16:30:00Z","unpriced":true}]}]}
]}
`
	if string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
	if !json.Valid(data) || string(licence) != "The MIT License (MIT)" {
		t.Errorf("the licence is %q", licence)
	}
}

func TestTakeRefuses(t *testing.T) {
	t.Parallel()
	const licence = "The MIT License (MIT)"
	for name, c := range map[string]struct {
		licence, script string
		change          func(*release)
		want            string
	}{
		"another archive":       {licence, script, func(r *release) { r.Dist.Integrity = "sha512-AAAA" }, "not what the registry has"},
		"a weaker digest":       {licence, script, func(r *release) { r.Dist.Integrity = "sha1-AAAA" }, "no SHA-512"},
		"another licence":       {licence, script, func(r *release) { r.License = "GPL-3.0" }, "not MIT any more"},
		"no text of it":         {"all rights reserved", script, nil, "not MIT any more"},
		"no day":                {licence, script, func(r *release) { r.Time = nil }, "published"},
		"no list":               {licence, "const a = 1;", nil, "no list of providers"},
		"a broken list":         {licence, script[:len(script)/2], nil, "no list of providers"},
		"a computed string":     {licence, strings.Replace(script, "`two", "`${two}", 1), nil, "no list of providers"},
		"another constraint":    {licence, strings.Replace(script, `type: "start_date"`, `type: "full_moon"`, 1), nil, "acme: a-2: a constraint of an unknown form"},
		"a day that is none":    {licence, strings.Replace(script, "2026-03-13", "2026-13-03", 1), nil, "acme: a-2: parsing time"},
		"a model with no price": {licence, strings.Replace(script, "prices: { input_mtok: .8", "cost: { input_mtok: .8", 1), nil, "acme: a-1: it has no prices"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive := packed(t, map[string]string{"package/LICENSE": c.licence, "package/dist/index.js": c.script})
			r := releaseOf(archive)
			if c.change != nil {
				c.change(r)
			}
			if _, _, err := take(archive, r); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// Whatever the script holds, it is read or refused.
func FuzzLiteral(f *testing.F) {
	for _, text := range []string{`{a: 1, "b": [!0, !1, null, -1.5e3]}`, "`x`", `'\x41\u0042\n\''`, `[,]`, `{a}`, `"\u12`, `{"a":{}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := &literal{text: text}
		if v, err := p.value(); err == nil && p.at > len(text) {
			t.Errorf("%v was read past the end", v)
		}
	})
}
