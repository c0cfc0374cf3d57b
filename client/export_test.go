package client

import "time"

// NewID makes ids for tests.
var NewID = newID

// Cursor is how a list goes on over the wire.
var Cursor = cursor

// SetClock makes a client live by another clock.
func (c *Client) SetClock(now func() time.Time) { c.now = now }
