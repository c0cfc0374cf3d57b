package storetest_test

import (
	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

var _ daybook.Store = (*storetest.Model)(nil)
