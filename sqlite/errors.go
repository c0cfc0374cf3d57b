package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// failed turns an error of SQLite into ours: what cannot be done now is
// CodeUnavailable, a broken file CodeDamaged, the rest a fault of ours. Errors
// of ours and of contexts pass.
func failed(doing string, err error) error {
	var ours *daybook.Error
	if err == nil || errors.As(err, &ours) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &daybook.Error{Code: daybook.CodeInternal, Message: "sqlite: " + doing, Err: err}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultFull:
		e.Code, e.Hint = daybook.CodeUnavailable, "the disk is full: free some space and try again; nothing was half-written"
	case sqlite.ResultIOErr, sqlite.ResultCantOpen, sqlite.ResultReadOnly, sqlite.ResultPerm, sqlite.ResultNoMem, sqlite.ResultNoLFS:
		e.Code, e.Hint = daybook.CodeUnavailable, "see that the file and its folder can be read and written, then try again"
	case sqlite.ResultBusy, sqlite.ResultLocked, sqlite.ResultInterrupt:
		e.Code, e.Hint = daybook.CodeUnavailable, "the file is in use: try again"
	case sqlite.ResultCorrupt, sqlite.ResultNotADB:
		e.Code, e.Hint = daybook.CodeDamaged, "run daybook verify on a copy of the file, and restore a backup"
	}
	return e
}

func internalf(format string, args ...any) error {
	return &daybook.Error{Code: daybook.CodeInternal, Message: "sqlite: " + fmt.Sprintf(format, args...)}
}

func damagedf(format string, args ...any) error {
	return &daybook.Error{
		Code: daybook.CodeDamaged, Message: "sqlite: " + fmt.Sprintf(format, args...),
		Hint: "somebody has changed the file: run daybook verify",
	}
}

var errClosed = &daybook.Error{Code: daybook.CodeUnavailable, Message: "sqlite: the store is closed"}
