package spool

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// example gives the segment of docs/spool.md.
func example(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/example/1769850000000120.seg")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// read gives the lines that a sender would deliver of a directory.
func read(t *testing.T, dir string) []line {
	t.Helper()
	r := newReading(dir)
	defer r.close()
	lines, err := r.next()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func put(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/spool.md")
	if err != nil || !bytes.Contains(doc, append([]byte("```\n"), append(example(t), "```"...)...)) {
		t.Errorf("docs/spool.md does not show testdata/example: %v", err)
	}
	lines := read(t, "testdata/example")
	if len(lines) != 1 || lines[0].time != 1769850000000124 || lines[0].offset != 478 || lines[0].end != 720 ||
		!bytes.HasPrefix(lines[0].record, []byte(`{"kind": "transformation_session", "amend": true, `)) {
		t.Errorf("of the example, %d lines are left: %+v", len(lines), lines)
	}
	first := bytes.SplitAfter(example(t), []byte("\n"))[1]
	ours := append([]byte(emptyPrefix), first[jsonAt:len(first)-1]...)
	stamp(ours, 1769850000000123)
	if string(ours)+"\n" != string(first) {
		t.Errorf("the line is written as %s", ours)
	}
}

// TestCutAtEveryByte: a writer that was killed leaves whole lines, and perhaps
// a part of one, which counts for nothing.
func TestCutAtEveryByte(t *testing.T) {
	t.Parallel()
	whole := example(t)
	for n := range len(whole) + 1 {
		dir := t.TempDir()
		put(t, dir, "1769850000000120.seg", whole[:n])
		want := max(0, bytes.Count(whole[:n], []byte("\n"))-1)
		lines := read(t, dir)
		if len(lines) != want {
			t.Fatalf("cut at %d: %d lines, not %d", n, len(lines), want)
		}
		for i := range lines {
			if lines[i].record == nil {
				t.Fatalf("cut at %d: line %d is damaged", n, i)
			}
		}
	}
}

// TestChangeEveryByte: what is not as it was written is never delivered, and
// hides nothing behind it.
func TestChangeEveryByte(t *testing.T) {
	t.Parallel()
	whole := example(t)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for at := len(lines[0]); at < len(whole); at++ {
		for _, by := range []byte{1, 0x20, '\n' ^ whole[at]} {
			if by == 0 {
				continue
			}
			dir := t.TempDir()
			changed := bytes.Clone(whole)
			changed[at] ^= by
			put(t, dir, "1769850000000120.seg", changed)
			sound := 0
			for _, l := range read(t, dir) {
				if l.record == nil {
					continue
				}
				if sound++; !bytes.Contains(whole, l.record) {
					t.Fatalf("byte %d changed by %#x: %s is delivered", at, by, l.record)
				}
			}
			if at < 478-1 && sound != 1 || at == 478-1 && sound != 0 || at >= 478 && sound != 1 {
				t.Fatalf("byte %d changed by %#x: %d of 2 lines are sound", at, by, sound)
			}
		}
	}
}

func TestPositionThatIsNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"00000000000000000478": 1, "00000000000000000720": 0, "": 2, "0000000000000000047": 2, "000000000000000004780": 2,
		"00000000000000000477": 2, "00000000000000000721": 2, "99999999999999999999": 2, "0000000000000000047x": 2,
		"-0000000000000000478": 2, "00000000000000000208": 2, "00000000000000000000": 2,
	} {
		dir := t.TempDir()
		put(t, dir, "1769850000000120.seg", example(t))
		put(t, dir, "1769850000000120.ack", []byte(text))
		if lines := read(t, dir); len(lines) != want {
			t.Errorf("at %q, %d lines are left, not %d", text, len(lines), want)
		}
	}
}

// TestHalfHeader: a writer that was killed before it wrote anything leaves
// nothing, and a living one is waited for.
func TestHalfHeader(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", headerStart, headerStart + `1, "writer": "x"`} {
		dir := t.TempDir()
		put(t, dir, "0000000000000007.seg", []byte(text))
		put(t, dir, "0000000000000007.ack", []byte("00000000000000000005"))
		put(t, dir, "0000000000000003.ack", []byte("00000000000000000005"))
		if lines := read(t, dir); len(lines) != 0 {
			t.Errorf("%q: %d lines", text, len(lines))
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%q: %v is left", text, left)
		}
	}
	dir := t.TempDir()
	put(t, dir, "0000000000000007.seg", nil)
	f, err := os.Open(filepath.Join(dir, "0000000000000007.seg"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if free, err := tryLock(f); err != nil || !free {
		t.Fatal(free, err)
	}
	read(t, dir)
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Error("the segment of a living writer was removed")
	}
}

// TestHeaderThatIsNone: a damaged header costs itself alone.
func TestHeaderThatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := example(t)
	text[3] = '~'
	put(t, dir, "1769850000000120.seg", text)
	if lines := read(t, dir); len(lines) != 3 || lines[0].record != nil || lines[1].record == nil || lines[2].record == nil {
		t.Errorf("%d lines: %+v", len(lines), lines)
	}
}

func TestOtherVersionsAreLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "0000000000000007.seg", []byte(headerStart+`"two"}`+"\n"+headerStart+"2}\n"))
	put(t, dir, "0000000000000008.seg", []byte(headerStart+"2}\nwhatever\n"))
	r := newReading(dir)
	defer r.close()
	lines, err := r.next()
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if left := r.skipped(); len(left) != 1 || left[0].Segment != "0000000000000008" || !strings.Contains(left[0].Reason, "format 2") {
		t.Errorf("skipped: %v", left)
	}
	if err := r.clear(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "0000000000000008.seg")); err != nil {
		t.Error("a segment of another version was removed")
	}
}

// TestTimesRise whatever the clock does, over segments too.
func TestTimesRise(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clock := time.UnixMicro(1769850000000000)
	w := &writer{dir: dir, most: 1 << 30, head: header{Version: version}, now: func() time.Time {
		clock = clock.Add(-time.Second)
		return clock
	}}
	defer w.close()
	big := append([]byte(emptyPrefix), bytes.Repeat([]byte("x"), 3<<20)...)
	for range 7 {
		if err := w.append(append(bytes.Clone(big), '\n'), []int{len(big) + 1}); err != nil {
			t.Fatal(err)
		}
	}
	r := newReading(dir)
	defer r.close()
	var times []int64
	for len(times) < 7 {
		lines, err := r.next()
		if err != nil || len(lines) == 0 {
			t.Fatalf("%d lines, %v", len(times), err)
		}
		for i := range lines {
			times = append(times, lines[i].time)
			if err := lines[i].segment.settle(lines[i].end); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.IsSorted(times) || len(slices.Compact(slices.Clone(times))) != 7 {
		t.Errorf("the times are %v", times)
	}
	if l, err := list(dir); err != nil || len(l.segments) != 4 {
		t.Errorf("%d segments, %v", len(l.segments), err)
	}
}

// TestHalfReject: a reject of which only a part was written is written again.
func TestHalfReject(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, s := range []string{"", `{"time": "20`, "{\"log_id\": \"half", strings.Repeat("y", 200_000)} {
		whole := `{"time": "x", "segment": "0000000000000001", "offset": 1, "problem": {}, "record": {"log_id": "a"}}` + "\n"
		put(t, dir, rejectsName, []byte(whole+s))
		l := line{segment: &segment{number: 7}, offset: 208, record: []byte(`{"kind": "k",  "log_id": "b"}`)}
		if err := reject(dir, []rejection{{&l, []byte("{\n \"code\": \"invalid\"}")}}, time.UnixMicro(0)); err != nil {
			t.Fatal(err)
		}
		want := whole + `{"time": "1970-01-01T00:00:00.000000Z", "segment": "0000000000000007", "offset": 208, "problem": {"code":"invalid"}, "record": {"kind": "k",  "log_id": "b"}}` + "\n"
		if got, _ := os.ReadFile(filepath.Join(dir, rejectsName)); string(got) != want {
			t.Errorf("behind %.20q: the file is %.300s", s, got)
		}
	}
	all, err := Rejects(dir)
	if err != nil || len(all) != 2 {
		t.Errorf("%d rejects, %v", len(all), err)
	}
}

func TestDirNames(t *testing.T) {
	t.Parallel()
	for _, try := range []struct{ url, token, want string }{
		{"http://127.0.0.1:7777/", "secret\n", "127.0.0.1_7777-69e81601"},
		{" http://127.0.0.1:7777", "", "127.0.0.1_7777-0ba0adfc"},
	} {
		if got := dirName(try.url, try.token); got != try.want {
			t.Errorf("%s: %s, not %s", try.url, got, try.want)
		}
	}
	if got := dirName("https://Ledger.Example/böse/", "x"); !strings.HasPrefix(got, "ledger.example-") {
		t.Error(got)
	}
	if got := dirName("https://Lédger:1", "x"); !strings.HasPrefix(got, "l__dger_1-") {
		t.Error(got)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	batch := func(sizes ...int) (lines []line) {
		for _, n := range sizes {
			l := line{}
			if n > 0 {
				l.record = make([]byte, n)
			}
			lines = append(lines, l)
		}
		return lines
	}
	for _, try := range []struct {
		lines []line
		want  int
	}{
		{batch(make([]int, 3000)...), 3000},
		{batch(slices.Repeat([]int{1}, 3000)...), 1000},
		{batch(batchBytes, 1), 1},
		{batch(5*batchBytes, 1), 1},
		{batch(1, 5*batchBytes), 1},
		{batch(batchBytes/2, batchBytes/2, 1), 2},
		{batch(0, 5*batchBytes, 0, 1), 3},
	} {
		if got := cut(try.lines, batchRecords); got != try.want {
			t.Errorf("%d lines of %d are cut", got, len(try.lines))
		}
	}
}
