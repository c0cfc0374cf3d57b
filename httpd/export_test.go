package httpd_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
)

// TestBrokenExportIsCut: nobody takes a part of the ledger for the whole.
func TestBrokenExportIsCut(t *testing.T) {
	t.Parallel()
	for _, accept := range []string{"gzip", "identity"} {
		d := newDesk(t, func(d *desk) {
			one := d.reader.entries[0]
			for range 1000 {
				d.reader.entries = append(d.reader.entries, one)
			}
			d.reader.failAt = 900
		})
		url, stop := serve(t, d.server)
		r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/v1/entries", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 200 || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d, %d bytes, %v", accept, response.StatusCode, len(got), err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestExportThatCannotBeginIsAProblem(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) { d.reader.failAt = 1 })
	if p := problemIn(t, d.do(request("GET", "/v1/entries", ""))); p.Code != "damaged" || p.Status != 500 {
		t.Errorf("got %+v", p)
	}
}

func TestExportEndsWhenAllIsSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) {
		one := d.reader.entries[0]
		for range 1000 {
			d.reader.entries = append(d.reader.entries, one)
		}
	})
	url, stop := serve(t, d.server)
	response, err := http.Get(url + "/v1/entries") // with gzip, as Go's client asks for
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	response.Body.Close()
	if lines := bytes.Count(got, []byte("\n")); err != nil || lines != 1002 || !response.Uncompressed {
		t.Errorf("%d lines, %v, compressed %v", lines, err, response.Uncompressed)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
