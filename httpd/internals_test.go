package httpd

import "time"

// SetStall sets how long a body may make no progress.
func (s *Server) SetStall(after time.Duration) { s.StallTimeout = after }
