package pipeline

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTheFileIsThePublishedOne holds our copy of USDA's file against that of
// the corpus, where there is one.
func TestTheFileIsThePublishedOne(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("DAYBOOK_CORPUS")
	if corpus == "" {
		t.Skip("DAYBOOK_CORPUS is not set")
	}
	published, err := os.ReadFile(filepath.Join(corpus, "wasde", SourceFile))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join("data", SourceFile))
	if err != nil {
		t.Fatal(err)
	}
	if string(ours) != string(published) {
		t.Error("data/" + SourceFile + " is not the file that was published")
	}
}
