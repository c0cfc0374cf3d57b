package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

type healthCmd struct {
	Timeout time.Duration `help:"How long to wait for the answer." default:"5s"`
}

func (healthCmd) Help() string {
	return `Exit 0: writes can be taken. Exit 1: they cannot, or nobody answers. It is for
containers and scripts; load balancers ask for /readyz themselves.

Examples:
  daybook health
  daybook health --server http://10.0.0.7:7777`
}

// Run asks the server whether it takes writes.
func (c *healthCmd) Run(ctx context.Context, g *Globals) error {
	url := g.Server
	if url == "" {
		url = "http://127.0.0.1:7777"
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	said, err := ready(ctx, strings.TrimSuffix(url, "/")+"/readyz")
	if err != nil {
		return &daybook.Error{Code: daybook.CodeUnavailable, Message: "the server is not ready", Err: err, Hint: "its log says why; name another with --server"}
	}
	_, err = fmt.Fprintln(g.out, said)
	return err
}

func ready(ctx context.Context, url string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return "", err
	}
	said := strings.TrimSpace(string(body))
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", response.Status, said)
	}
	return said, nil
}
