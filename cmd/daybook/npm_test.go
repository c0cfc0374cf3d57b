package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// fromNPM gives the path of a program that make npm installs, and skips the test
// where it or Node is not there. DAYBOOK_NPM_DIR says where else to look.
func fromNPM(t *testing.T, program string) string {
	t.Helper()
	dir := os.Getenv("DAYBOOK_NPM_DIR")
	if dir == "" {
		dir = "../../bin/npm"
	}
	path, err := filepath.Abs(filepath.Join(dir, "node_modules", ".bin", program))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not installed: run make npm, or set DAYBOOK_NPM_DIR to the folder of its node_modules", program)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node to run it with")
	}
	return path
}
