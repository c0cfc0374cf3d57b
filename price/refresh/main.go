// Command refresh takes the prices of a version of the npm package
// @pydantic/genai-prices into price/prices.json, and its licence beside it. It
// asks npm for the package and holds what it gets against the registry's digest.
// Then it asks the package itself what some calls cost, for the tests.
//
//	go run ./price/refresh [VERSION]
package main

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const packageName = "@pydantic/genai-prices"

func main() {
	version := "latest"
	if len(os.Args) > 1 {
		version = os.Args[1]
	}
	if err := refresh(version, "price"); err != nil {
		fmt.Fprintf(os.Stderr, "refresh: %v\n", err)
		os.Exit(1)
	}
}

// release is what the registry says of a version.
type release struct {
	Version string `json:"version"`
	License string `json:"license"`
	Dist    struct {
		Integrity string `json:"integrity"`
		Tarball   string `json:"tarball"`
	} `json:"dist"`
	Time map[string]string `json:"time"`
}

func refresh(version, into string) error {
	out, err := npm("view", packageName+"@"+version, "--json", "version", "license", "dist", "time")
	if err != nil {
		return err
	}
	var r release
	if err := json.Unmarshal(out, &r); err != nil {
		return fmt.Errorf("npm view: %w", err)
	}
	dir, err := os.MkdirTemp("", "daybook-prices-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if _, err := npm("pack", packageName+"@"+r.Version, "--silent", "--pack-destination", dir); err != nil {
		return err
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("npm pack left %d archives: %w", len(archives), err)
	}
	archive, err := os.ReadFile(archives[0])
	if err != nil {
		return err
	}
	data, licence, err := take(archive, &r)
	if err != nil {
		return err
	}
	prices := filepath.Join(into, "prices.json")
	if err := errors.Join(os.WriteFile(prices, data, 0o644), os.WriteFile(filepath.Join(into, "LICENSE.genai-prices"), licence, 0o644)); err != nil {
		return err
	}
	if _, err := run("tar", "-xzf", archives[0], "-C", dir); err != nil {
		return err
	}
	answers, err := run("node", filepath.Join(into, "refresh", "oracle.mjs"), filepath.Join(dir, "package"), prices)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(into, "testdata", "oracle.json"), answers, 0o644)
}

func npm(args ...string) ([]byte, error) {
	out, err := run("npm", args...)
	if err != nil {
		return nil, fmt.Errorf("%w\nthe prices stay as they are; this needs npm's registry", err)
	}
	return out, nil
}

func run(program string, args ...string) ([]byte, error) {
	cmd := exec.Command(program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%s is missing: install Node.js, which brings npm", program)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", program, args[0], err, said.Bytes())
	}
	return out, nil
}

// take makes the data and the licence of an archive that is what the registry
// says it is.
func take(archive []byte, r *release) (data, licence []byte, err error) {
	if err := check(archive, r.Dist.Integrity); err != nil {
		return nil, nil, err
	}
	files, err := unpack(archive)
	if err != nil {
		return nil, nil, err
	}
	licence, source := files["package/LICENSE"], files["package/dist/index.js"]
	if r.License != "MIT" || !bytes.Contains(licence, []byte("MIT License")) {
		return nil, nil, fmt.Errorf("the licence is not MIT any more, but %q", r.License)
	}
	providers, err := findProviders(string(source))
	if err != nil {
		return nil, nil, err
	}
	data, err = convert(providers, r)
	return data, licence, err
}

// check holds an archive against its digest, as npm writes it: sha512-….
func check(archive []byte, integrity string) error {
	want, ok := strings.CutPrefix(integrity, "sha512-")
	if !ok {
		return fmt.Errorf("the registry gives no SHA-512, but %q", integrity)
	}
	sum := sha512.Sum512(archive)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != want {
		return fmt.Errorf("the archive is not what the registry has: its SHA-512 is %s, not %s", got, want)
	}
	return nil
}
