package proxy

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// asServer makes the test binary be an MCP server of the kind that its value
// names.
const asServer = "DAYBOOK_TEST_MCP_SERVER"

func TestMain(m *testing.M) {
	switch os.Getenv(asServer) {
	case "":
		os.Exit(m.Run())
	case "sdk":
		_ = sdkServer().Run(context.Background(), &mcp.StdioTransport{}) // until its input ends
	case "mirror":
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "deaf": // goes on when its input ends, and when it is asked to end
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		time.Sleep(time.Minute)
	case "parent": // starts a server and waits for it, as npx does
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), asServer+"=deaf")
		child.Stdout = os.Stdout // which so stays open behind the parent's end
		if err := child.Start(); err != nil {
			panic(err)
		}
		fmt.Println(child.Process.Pid)
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(7)
	case "signals":
		got := make(chan os.Signal, 1)
		signal.Notify(got, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		fmt.Println("ready")
		fmt.Println((<-got).String())
		os.Exit(9)
	default:
		serveFake(os.Stdin, os.Stdout)
	}
}

// fakeServer is the command that starts a server.
func fakeServer(kind string) *exec.Cmd {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asServer+"="+kind)
	return command
}

// A wire is a JSON-RPC message.
type wire struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      any             `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  any             `json:"result,omitempty"`
	Error   any             `json:"error,omitempty"`
}

// serveFake is a server whose tools do what their names say.
func serveFake(in io.Reader, out io.Writer) {
	lines := bufio.NewReader(in)
	encoder := json.NewEncoder(out)
	say := func(m wire) { m.JSONRPC = "2.0"; _ = encoder.Encode(m) }
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		var m wire
		if json.Unmarshal([]byte(line), &m) != nil || m.ID == nil || m.Method == "" {
			if m.ID == "ask" { // the answer to what "ask" asked
				say(wire{ID: "called", Result: text("you were asked")})
			}
			continue
		}
		answerFake(m, say)
	}
}

func text(s string) map[string]any {
	return map[string]any{"content": []any{map[string]any{"type": "text", "text": s}}}
}

func answerFake(m wire, say func(wire)) {
	var params struct {
		Name      string
		URI       string
		Arguments map[string]any
	}
	_ = json.Unmarshal(m.Params, &params)
	switch m.Method {
	case "initialize":
		say(wire{ID: m.ID, Result: map[string]any{"protocolVersion": "2025-11-25", "serverInfo": map[string]string{"name": "fake", "version": "1.2"}}})
		return
	case "resources/read":
		say(wire{ID: m.ID, Result: map[string]any{"contents": []any{map[string]any{"uri": params.URI, "mimeType": "text/plain", "text": "secret rows"}}}})
		return
	case "prompts/get":
		say(wire{ID: m.ID, Result: map[string]any{"messages": []any{1, 2}}})
		return
	case "completion/complete":
		say(wire{ID: m.ID, Result: map[string]any{"completion": map[string]any{"values": []string{"a"}}}})
		return
	case "tools/call":
	default:
		say(wire{ID: m.ID, Result: map[string]any{"z": 1, "a": 2}})
		return
	}
	switch params.Name {
	case "echo":
		say(wire{ID: m.ID, Result: text(fmt.Sprint(params.Arguments["text"]))})
	case "fail":
		result := text("no such file")
		result["isError"] = true
		say(wire{ID: m.ID, Result: result})
	case "refuse":
		say(wire{ID: m.ID, Error: map[string]any{"code": -32602, "message": "bad arguments"}})
	case "die":
		fmt.Fprintln(os.Stderr, "I die")
		os.Exit(3)
	case "big":
		say(wire{ID: m.ID, Result: text(strings.Repeat("x", int(params.Arguments["bytes"].(float64))))})
	case "ask":
		say(wire{ID: "ask", Method: "elicitation/create", Params: json.RawMessage(fmt.Sprint(params.Arguments["params"]))})
	case "sample":
		say(wire{ID: 1, Method: "sampling/createMessage", Params: json.RawMessage(`{"maxTokens":50,"messages":[{"role":"user","content":{"type":"text","text":"say hi"}}]}`)})
		say(wire{ID: m.ID, Result: text("asked")})
	case "late":
		time.Sleep(time.Second)
		say(wire{ID: m.ID, Result: text("at last")})
	case "mute": // closes its output, and goes on
		_ = os.Stdout.Close()
		time.Sleep(time.Minute)
	case "silent":
	}
}
