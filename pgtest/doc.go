// Package pgtest gives tests a PostgreSQL of their own: a cluster a process,
// made from the installed binaries when the first test asks for one, and an
// empty database a test.
//
//	func TestScan(t *testing.T) {
//		url := pgtest.New(t)
//		pgtest.Exec(t, url, `CREATE TABLE corn (year int)`)
//	}
//
// The cluster stands in a temporary folder and listens on a free port of the
// loopback, under a password that is made for it. It keeps nothing: it does
// not sync, and it ends and its folder goes when the process ends, however it
// ends. As root, who may not run PostgreSQL, it runs as the user postgres or
// nobody.
//
// Where PostgreSQL is not installed a test that asks for it fails, and says
// what to install: what is not tested must not look as if it were.
package pgtest
