package httpd_test

import (
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook/contract"
	"github.com/daybook-audit/daybook/httpd"
)

// described is the OpenAPI document; all traffic of these tests is held against
// it.
var described = sync.OnceValue(func() *contract.Document {
	d, err := contract.Load(httpd.OpenAPI("test"))
	if err != nil {
		panic(err)
	}
	d.AnyBody = true
	return d
})

// faults are what traffic over the network showed; see TestMain.
var faults struct {
	sync.Mutex
	list []error
}

func TestMain(m *testing.M) {
	http.DefaultClient.Transport = described().Transport(http.DefaultTransport, func(err error) {
		faults.Lock()
		defer faults.Unlock()
		faults.list = append(faults.list, err)
	})
	code := m.Run()
	for _, err := range faults.list {
		fmt.Printf("%.1500s\n", err)
		code = 1
	}
	os.Exit(code)
}

// held puts the document between a test and the door. Fuzz targets and
// benchmarks do without.
func held(t testing.TB, door http.Handler) http.Handler {
	if _, isTest := t.(*testing.T); !isTest {
		return door
	}
	return described().Around(door, func(err error) { t.Errorf("%.1500s", err) })
}
