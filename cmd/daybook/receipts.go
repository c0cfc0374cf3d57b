package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/merkle"
)

// receiptsReport is what came of checking receipts.
type receiptsReport struct {
	Receipts int              `json:"receipts"`
	Origin   string           `json:"origin"` // of the ledger, "" where no receipt holds
	Size     int64            `json:"size"`   // the smallest of the checkpoints that they hold under
	Problems []receiptProblem `json:"problems"`
}

type receiptProblem struct {
	Receipt int    `json:"receipt"` // the first is 1
	LogID   string `json:"log_id"`
	Path    string `json:"path,omitempty"` // the first field that does not fit
	Detail  string `json:"detail"`
}

// receipts checks receipts against proofs: those given, else the server's.
func (c *verifyCmd) receipts(ctx context.Context, g *Globals) error {
	if len(c.Proof) == 0 && g.Server == "" {
		return usagef("receipts are checked against proofs: name them with --proof (daybook prove --receipts makes them), or a server that gives them with --server")
	}
	public, err := g.provenBy()
	if err != nil {
		return err
	}
	receipts, err := readReceipts(c.Receipts)
	if err != nil {
		return err
	}
	prove, err := c.prover(ctx, g)
	if err != nil {
		return err
	}
	bar := progress(g.err, "checking")
	report := receiptsReport{Receipts: len(receipts), Problems: []receiptProblem{}}
	for i, r := range receipts {
		if err := report.check(i, r, prove, public); err != nil {
			return err
		}
		bar.set(int64(i+1), int64(len(receipts)))
	}
	bar.finish()
	if err := c.printReceipts(g.out, &report); err != nil {
		return err
	}
	if len(report.Problems) > 0 {
		return errBad
	}
	return nil
}

// check checks one receipt. The error is for what kept it from being checked.
func (r *receiptsReport) check(i int, receipt daybook.Receipt, prove func(logID string) (string, error), public string) error {
	proof, err := prove(receipt.LogID)
	var checkpoint merkle.Checkpoint
	if err == nil {
		checkpoint, err = client.CheckReceipt(receipt, proof, public)
	}
	var ours *daybook.Error
	switch {
	case err == nil:
		if r.Origin == "" || checkpoint.Size < r.Size {
			r.Origin, r.Size = checkpoint.Origin, checkpoint.Size
		}
		return nil
	case !errors.As(err, &ours) || ours.Code == daybook.CodeUnavailable || ours.Code == daybook.CodeUnauthorized || ours.Code == daybook.CodeForbidden:
		return err
	}
	r.Problems = append(r.Problems, receiptProblem{Receipt: i + 1, LogID: receipt.LogID, Path: ours.Path, Detail: err.Error()})
	return nil
}

// prover gives what finds the proof of an entry: among the files given, or at
// the server.
func (c *verifyCmd) prover(ctx context.Context, g *Globals) (func(logID string) (string, error), error) {
	if len(c.Proof) == 0 {
		remote, err := client.New(g.Server, client.Options{Token: g.Token})
		if err != nil {
			return nil, err
		}
		return func(logID string) (string, error) { return remote.Prove(ctx, logID) }, nil
	}
	files, err := proofFiles(c.Proof)
	if err != nil {
		return nil, err
	}
	byLogID := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		proof, err := merkle.ParseProof(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		// A leaf that cannot be read proves no receipt, and shows as missing.
		if leaf, _, err := daybook.ParseProven(proof.Extra); err == nil {
			byLogID[leaf.LogID] = string(text)
		}
	}
	return func(logID string) (string, error) {
		if text, ok := byLogID[logID]; ok {
			return text, nil
		}
		return "", &daybook.Error{Code: daybook.CodeNotFound, Message: fmt.Sprintf("none of the %d proofs given is of its log_id", len(files))}
	}, nil
}

// proofFiles gives the files named, and of the directories among them all that
// are named as proofs are.
func proofFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		within, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		for _, entry := range within {
			if strings.HasSuffix(entry.Name(), proofSuffix) {
				files = append(files, filepath.Join(path, entry.Name()))
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no file *%s in %s", proofSuffix, paths[0])
	}
	return files, nil
}

func (c *verifyCmd) printReceipts(w io.Writer, r *receiptsReport) error {
	if c.As == "json" {
		return indented(w, r)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "receipt %d (%s): %s\n", p.Receipt, plain(p.LogID), plain(p.Detail))
	}
	if len(r.Problems) > 0 {
		_, err := fmt.Fprintf(w, "%d of %d receipts do NOT hold\n", len(r.Problems), r.Receipts)
		return err
	}
	_, err := fmt.Fprintf(w, "all %d receipts hold: their entries are in %s, under a checkpoint of at least %d entries\n", r.Receipts, r.Origin, r.Size)
	return err
}

// provenBy reads the public key that proofs are checked with. None is taken
// from beside a store: it has to come from somebody else.
func (g *Globals) provenBy() (string, error) {
	if g.Public == "" {
		return "", usagef("a proof is checked against a public key: name it with --public-key")
	}
	return readPublic(g.Public)
}
