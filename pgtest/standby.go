package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Standby makes a copy of the server that follows it, may be read, and takes its
// place once it is told to. It goes as the server does.
func (s *Server) Standby() *Server {
	b := &Server{fail: s.fail, tidied: func() {}, cluster: &cluster{password: s.cluster.password}, settings: s.settings, binaries: s.binaries, who: s.who}
	err := b.copy(s)
	if err == nil {
		err = b.start()
	}
	if err != nil {
		b.Close()
		s.fail(err)
	}
	before := s.tidied
	s.tidied = func() {
		b.Close()
		before()
	}
	return b
}

// copy makes the files of a standby, in a folder beside those of its primary.
func (s *Server) copy(primary *Server) (err error) {
	if s.dir, err = os.MkdirTemp(filepath.Dir(primary.dir), "daybook-pgtest-"); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if err := s.tidy(); err != nil {
		return err
	}
	if err := s.who.own(s.dir); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	host, port, _ := strings.Cut(primary.cluster.address, ":")
	cmd := exec.Command(filepath.Join(s.binaries, "pg_basebackup"), "--pgdata", filepath.Join(s.dir, "data"), "--host", host, "--port", port,
		"--username", superuser, "--no-password", "--write-recovery-conf", "--checkpoint", "fast", "--no-sync")
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "PGPASSWORD="+s.cluster.password)
	s.who.run(cmd)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: pg_basebackup: %w: %s", err, said)
	}
	s.cluster.address, err = FreeAddress()
	return err
}

// Promote has a standby go on by itself, and returns when it takes writes.
func (s *Server) Promote() {
	cmd := exec.Command(filepath.Join(s.binaries, "pg_ctl"), "promote", "--pgdata", filepath.Join(s.dir, "data"), "--wait", "--timeout", "60")
	cmd.Dir = s.dir
	s.who.run(cmd)
	if said, err := cmd.CombinedOutput(); err != nil {
		s.fail(fmt.Sprintf("pgtest: promote: %v: %s", err, said))
	}
}

// At gives the URL of a database of another server, such as one that the server
// is a standby of, at this one.
func (s *Server) At(address string) string {
	return strings.Replace(address, "@"+hostOf(address)+"/", "@"+s.cluster.address+"/", 1)
}

// Either gives the URL of a database at whichever of two servers takes writes.
func (s *Server) Either(address string) string {
	host := hostOf(address)
	return strings.Replace(address, "@"+host+"/", "@"+host+","+s.cluster.address+"/", 1) + "&target_session_attrs=primary"
}

func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "@")
	host, _, _ := strings.Cut(rest, "/")
	return host
}
