package local_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/tiledir"
)

// A stranger knows the server's address and public key, RFC 6962 and C2SP's
// formats, and reads with other people's code: golang.org/x/mod/sumdb and
// transparency-dev/merkle. (Package interop has Tessera's fsck.)
type stranger struct {
	t      *testing.T
	url    string
	public string
	spoil  func(path string, body []byte) // nil, or what happens on the way
}

func (s *stranger) get(path string) ([]byte, error) {
	in, err := http.Get(s.url + path)
	if err != nil {
		return nil, err
	}
	defer in.Body.Close()
	body, err := io.ReadAll(in.Body)
	if err == nil && in.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", path, in.Status, body)
	}
	if s.spoil != nil {
		s.spoil(path, body)
	}
	return body, err
}

func (s *stranger) ask(path string, answer any) {
	s.t.Helper()
	if err := json.Unmarshal(must[[]byte](s.t)(s.get(path)), answer); err != nil {
		s.t.Fatal(err)
	}
}

// head opens the checkpoint with package note, and reads it with tlog.
func (s *stranger) head() tlog.Tree {
	s.t.Helper()
	verifier := must[note.Verifier](s.t)(note.NewVerifier(s.public))
	opened := must[*note.Note](s.t)(note.Open(must[[]byte](s.t)(s.get("/checkpoint")), note.VerifierList(verifier)))
	lines := strings.Split(opened.Text, "\n")
	var tree tlog.Tree
	if _, err := fmt.Sscan(lines[1], &tree.N); err != nil || lines[0] != verifier.Name() {
		s.t.Fatalf("%q: %v", opened.Text, err)
	}
	tree.Hash = must[tlog.Hash](s.t)(tlog.ParseHash(lines[2]))
	return tree
}

// Height, ReadTiles and SaveTiles make the stranger a tlog.TileReader.
func (s *stranger) Height() int { return 8 }

func (s *stranger) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		body, err := s.get("/tile/" + strings.TrimPrefix(tile.Path(), "tile/8/"))
		if err != nil {
			return nil, err
		}
		all = append(all, body)
	}
	return all, nil
}

func (s *stranger) SaveTiles([]tlog.Tile, [][]byte) {}

func meet(t *testing.T) (*local.Local, *stranger) {
	t.Helper()
	l := open(t, temp(t), local.Options{})
	return l, &stranger{t: t, url: serve(t, l), public: l.Public()}
}

// think writes n entries, has them signed, and gives their receipts.
func think(t *testing.T, l *local.Local, n int) []daybook.Receipt {
	t.Helper()
	thoughts := make([]any, n)
	for i := range thoughts {
		thoughts[i] = daybook.ThinkingLog{ConversationID: "c", AgentPosition: "CFO", ThinkingContent: "secret"}
	}
	receipts := must[[]daybook.Receipt](t)(l.LogAll(t.Context(), thoughts...))
	must[string](t)(l.Prove(t.Context(), receipts[n-1].LogID))
	return receipts
}

func unhex(t *testing.T, texts ...string) [][]byte {
	t.Helper()
	all := make([][]byte, len(texts))
	for i, text := range texts {
		all[i] = must[[]byte](t)(hex.DecodeString(text))
	}
	return all
}

// TestProofsForStrangers holds proofs as served against transparency-dev/merkle,
// and the roots against its compact ranges over the leaves as served.
func TestProofsForStrangers(t *testing.T) {
	t.Parallel()
	l, s := meet(t)
	hasher := rfc6962.DefaultHasher
	ranges := (&compact.RangeFactory{Hash: hasher.HashChildren}).NewEmptyRange(0)
	var receipts []daybook.Receipt
	roots := map[int64][]byte{}
	for _, grows := range []int{1, 1, 5, 248, 1, 1, 43, 213} {
		receipts = append(receipts, think(t, l, grows)...)
		for i := ranges.End(); i < uint64(len(receipts)); i = ranges.End() {
			index, width := i/256, min(256, uint64(len(receipts))-i/256*256)
			path := fmt.Sprintf("/tile/entries/%03d", index)
			if width < 256 {
				path += fmt.Sprintf(".p/%d", width)
			}
			bundle := must[[]byte](t)(s.get(path))
			for j := range width {
				n := 2 + int(bundle[0])<<8 + int(bundle[1])
				if leaf := bundle[2:n]; index*256+j == ranges.End() {
					if err := ranges.Append(hasher.HashLeaf(leaf), nil); err != nil {
						t.Fatal(err)
					}
				}
				bundle = bundle[n:]
			}
		}
		size := int64(len(receipts))
		roots[size] = must[[]byte](t)(ranges.GetRootHash(nil))
		if head := s.head(); head.N != size || !bytes.Equal(head.Hash[:], roots[size]) {
			t.Fatalf("the checkpoint says %d and %s, the leaves give %d and %x", head.N, head.Hash, size, roots[size])
		}
		for _, r := range []daybook.Receipt{receipts[0], receipts[size/2], receipts[size-1]} {
			var p daybook.InclusionProof
			s.ask("/v1/proof/inclusion?log_id="+r.LogID, &p)
			index, hashes, leaf := uint64(p.LeafIndex), unhex(t, p.Hashes...), unhex(t, p.LeafHash)[0]
			if p.LeafIndex != r.Seq || p.TreeSize != size {
				t.Errorf("entry %d of %d is proven as %d of %d", r.Seq, size, p.LeafIndex, p.TreeSize)
			}
			if err := proof.VerifyInclusion(hasher, index, uint64(size), leaf, hashes, roots[size]); err != nil {
				t.Errorf("entry %d of %d: %v", r.Seq, size, err)
			}
			leaf[0] ^= 1
			if proof.VerifyInclusion(hasher, index, uint64(size), leaf, hashes, roots[size]) == nil {
				t.Errorf("another leaf passes for entry %d of %d", r.Seq, size)
			}
		}
		for from := range roots {
			var p daybook.ConsistencyProof
			s.ask(fmt.Sprintf("/v1/proof/consistency?from=%d&to=%d", from, size), &p)
			hashes := unhex(t, p.Hashes...)
			if err := proof.VerifyConsistency(hasher, uint64(from), uint64(size), hashes, roots[from], roots[size]); err != nil {
				t.Errorf("from %d to %d: %v", from, size, err)
			}
			if from < size && proof.VerifyConsistency(hasher, uint64(from), uint64(size), hashes, roots[size], roots[size]) == nil {
				t.Errorf("another beginning passes from %d to %d", from, size)
			}
		}
	}
}

// TestTilesForTheChecksumDatabasesClient has Go's own transparency client read
// the tree: every tile it takes is proven by the checkpoint.
func TestTilesForTheChecksumDatabasesClient(t *testing.T) {
	t.Parallel()
	l, s := meet(t)
	var receipts []daybook.Receipt
	for _, grows := range []int{1, 254, 1, 1, 443} {
		receipts = append(receipts, think(t, l, grows)...)
		head := s.head()
		hashes := tlog.TileHashReader(head, s)
		if root := must[tlog.Hash](t)(tlog.TreeHash(head.N, hashes)); root != head.Hash {
			t.Errorf("size %d: root %s, the checkpoint says %s", head.N, root, head.Hash)
		}
		for _, r := range []daybook.Receipt{receipts[0], receipts[len(receipts)-1]} {
			leaf := must[[]tlog.Hash](t)(hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, r.Seq)}))[0]
			theirs := must[tlog.RecordProof](t)(tlog.ProveRecord(head.N, r.Seq, hashes))
			if err := tlog.CheckRecord(theirs, head.N, head.Hash, r.Seq, leaf); err != nil {
				t.Errorf("entry %d: %v", r.Seq, err)
			}
			var ours daybook.InclusionProof
			s.ask("/v1/proof/inclusion?log_id="+r.LogID, &ours)
			var said []string
			for _, hash := range theirs {
				said = append(said, hex.EncodeToString(hash[:]))
			}
			if !slices.Equal(said, ours.Hashes) || hex.EncodeToString(leaf[:]) != ours.LeafHash {
				t.Errorf("entry %d: we prove by %v, the tiles by %v", r.Seq, ours.Hashes, said)
			}
		}
	}
	head := s.head()
	for _, tile := range []string{"/tile/0/000", "/tile/0/002.p/188", "/tile/1/000.p/2"} {
		s.spoil = func(path string, body []byte) {
			if path == tile {
				body[len(body)/2] ^= 1
			}
		}
		hashes := tlog.TileHashReader(head, s)
		for _, seq := range []int64{0, head.N - 1} {
			needed := seq == 0 || tile != "/tile/0/000"
			if _, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, seq)}); (err == nil) == needed {
				t.Errorf("%s was changed, and entry %d gives %v", tile, seq, err)
			}
		}
	}
}

// TestTilesNearAndFar writes the directory of tiles from the ledger in process
// and over HTTP: they are the same, and reading them is no read of the log.
func TestTilesNearAndFar(t *testing.T) {
	t.Parallel()
	l, s := meet(t)
	think(t, l, 300)
	near, far := t.TempDir(), t.TempDir()
	for dir, source := range map[string]tiledir.Source{near: source{l.Prover, l.Tiler}, far: must[*client.Remote](t)(client.NewRemote(s.url, client.Options{}))} {
		if report := must[*tiledir.Report](t)(tiledir.Write(t.Context(), dir, source, tiledir.Options{Public: l.Public()})); report.Checkpoint.Size != 300 || report.Files != 6 {
			t.Errorf("%+v", report)
		}
	}
	for _, name := range []string{"checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"} {
		one, other := fileAt(t, near+"/"+name), fileAt(t, far+"/"+name)
		if served := must[[]byte](t)(s.get("/" + name)); !bytes.Equal(one, other) || !bytes.Equal(one, served) {
			t.Errorf("%s: near %d bytes, far %d, served %d, and not the same", name, len(one), len(other), len(served))
		}
		if bytes.Contains(one, []byte("secret")) {
			t.Errorf("%s holds what was recorded", name)
		}
	}
	if head := must[daybook.Head](t)(l.Store.Head(t.Context())); head.Size != 300 {
		t.Errorf("reading tiles wrote %d entries", head.Size-300)
	}
	remote := must[*client.Remote](t)(client.NewRemote(s.url, client.Options{}))
	_, err := remote.Tile(t.Context(), 0, 7, 256)
	wantCode(t, err, daybook.CodeNotFound, "of 300 entries")
	_, err = remote.Tile(t.Context(), 0, 0, 257)
	wantCode(t, err, daybook.CodeNotFound)
	_, err = remote.Entries(t.Context(), -1, 1)
	wantCode(t, err, daybook.CodeNotFound)
	if hashes := must[[]byte](t)(remote.Tile(t.Context(), 0, 0, 256)); !bytes.Equal(hashes, fileAt(t, near+"/tile/0/000")) {
		t.Error("the remote has another tile")
	}
}

type source struct {
	daybook.Prover
	daybook.Tiler
}

func fileAt(t *testing.T, path string) []byte {
	t.Helper()
	return must[[]byte](t)(os.ReadFile(path))
}

// TestProveEntryAsReader proves with the entry for who may list and not export.
func TestProveEntryAsReader(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{})
	door := httpd.New(httpd.Config{
		Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Logger: slog.New(slog.DiscardHandler),
		Principal: func(*http.Request) (daybook.Principal, error) {
			return daybook.Principal{Name: "ann", Role: daybook.RoleReader}, nil
		},
	})
	server := httptest.NewServer(door.Handler())
	t.Cleanup(server.Close)
	c := dial(t, server.URL)
	if err := c.Export(t.Context(), daybook.ExportQuery{}, func(*daybook.Entry) error { return nil }); daybook.CodeOf(err) != daybook.CodeForbidden {
		t.Fatalf("a reader exports: %v", err)
	}
	receipt := must[daybook.Receipt](t)(l.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO", ResponsePreview: "so it is"}))
	proof := must[string](t)(c.ProveEntry(t.Context(), receipt.LogID))
	if _, err := client.CheckReceipt(receipt, proof, l.Public()); err != nil {
		t.Error(err)
	}
	must[daybook.Receipt](t)(l.Amend(t.Context(), daybook.Conversation{ConversationID: receipt.ID, Status: "completed"}))
	_, err := c.ProveEntry(t.Context(), receipt.LogID)
	wantCode(t, err, daybook.CodeNotFound, "amended since")
	must[string](t)(c.Prove(t.Context(), receipt.LogID))
}
