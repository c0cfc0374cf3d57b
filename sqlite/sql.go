package sqlite

import "zombiezen.com/go/sqlite"

func openQuerier(uri string) (*conn, error) {
	return openConn(uri, sqlite.OpenReadOnly)
}
