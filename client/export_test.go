package client

import "time"

// NewID makes ids for tests.
var NewID = newID

// SetClock makes a client live by another clock.
func (c *Client) SetClock(now func() time.Time) { c.now = now }
