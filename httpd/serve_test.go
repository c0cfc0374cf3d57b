package httpd_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/httpd"
)

// serve runs a door on the loopback until the returned function is called,
// which gives the error of Serve.
func serve(t *testing.T, s *httpd.Server) (url string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = s.Serve(ctx, listener)
	}()
	stop = func() error {
		cancel()
		<-done
		return err
	}
	t.Cleanup(func() { _ = stop() }) // nothing goes on after the test
	return "http://" + listener.Addr().String(), stop
}

// onceOf tries what must come within a moment, which it does not where the machine
// pauses then.
func onceOf(t *testing.T, tries int, try func(t *testing.T) error) {
	t.Helper()
	var said error
	for range tries {
		err := try(t)
		if err == nil {
			return
		}
		said = errors.Join(said, err)
	}
	t.Error(said)
}

// wantStatus is an error where the answer has another one.
func wantStatus(response *http.Response, want int) error {
	if response == nil || response.StatusCode != want {
		return fmt.Errorf("got %+v, want %d", response, want)
	}
	return nil
}

// TestShutdownFinishesWhatIsInFlight: a write that was begun is answered, and
// what comes later is not accepted.
func TestShutdownFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	d := newDesk(t, func(d *desk) {
		d.recorder.entering = func() { close(entered); <-release }
	})
	url, stop := serve(t, d.server)
	status := make(chan int, 1)
	go func() {
		response, err := http.Post(url+"/v1/entries", "application/json", strings.NewReader(`{"kind": "conversations"}`))
		if err != nil {
			t.Error(err)
			status <- 0
			return
		}
		response.Body.Close()
		status <- response.StatusCode
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for refused := false; !refused; { // until the listener is closed
		response, err := http.Get(url + "/healthz")
		if refused = err != nil; !refused {
			response.Body.Close()
			time.Sleep(time.Millisecond)
		}
	}
	select {
	case err := <-stopped:
		t.Fatalf("ended with a request in flight: %v", err)
	default:
	}
	close(release)
	if got := <-status; got != http.StatusCreated {
		t.Errorf("the request in flight got %d", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestServeTellsWhyItCannot(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := newDesk(t, nil).server.Serve(t.Context(), listener); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	url, stop := serve(t, d.server)
	response, err := http.Head(url + "/v1/decision_logs")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "application/json" || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestRefusalReachesTheClient: a client that is still sending when it is
// refused gets to read why.
func TestRefusalReachesTheClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	url, stop := serve(t, d.server)
	text := `{"kind": "conversations", "agent_position": "` + strings.Repeat("x", 40<<20) + `"}`
	for media, want := range map[string]int{
		"application/json": http.StatusRequestEntityTooLarge,
		"image/png":        http.StatusUnsupportedMediaType,
	} {
		response, err := http.Post(url+"/v1/entries", media, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: got %d", media, response.StatusCode)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
