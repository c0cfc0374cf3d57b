package storetest

import (
	"context"
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// ready says that a server is not gone: what it asks of the store fails then,
// while the others go on.
func (s *Server) ready(ctx context.Context) error {
	if s.gone.Load() {
		return &daybook.Error{Code: daybook.CodeUnavailable, Message: "the store is closed"}
	}
	return s.Model.ready(ctx)
}

// Append implements [daybook.Store].
func (s *Server) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.Model.Append(ctx, sequence)
}

// Head implements [daybook.Store].
func (s *Server) Head(ctx context.Context) (daybook.Head, error) {
	if err := s.ready(ctx); err != nil {
		return daybook.Head{}, err
	}
	return s.Model.Head(ctx)
}

// Select implements [daybook.Store].
func (s *Server) Select(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.Model.Select(ctx, q)
}

// Scan implements [daybook.Store].
func (s *Server) Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.Model.Scan(ctx, from, fn)
}

// Spine implements [daybook.Store].
func (s *Server) Spine(ctx context.Context, from, to int64) ([]daybook.Spine, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.Model.Spine(ctx, from, to)
}

// FullTile implements [daybook.Store].
func (s *Server) FullTile(ctx context.Context, level int, index int64) ([]byte, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.Model.FullTile(ctx, level, index)
}

// SaveCheckpoint implements [daybook.Store].
func (s *Server) SaveCheckpoint(ctx context.Context, signed []byte) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	given, err := merkle.UnverifiedCheckpoint(signed)
	if err != nil {
		return broken("what is saved is no checkpoint: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, err := merkle.UnverifiedCheckpoint(s.head.Checkpoint); err != nil || given.Size >= kept.Size {
		s.head.Checkpoint = slices.Clone(signed)
	}
	return nil
}
