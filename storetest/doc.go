// Package storetest holds the law that every store passes, and a model store:
// the contract of [daybook.Store] written down in the plainest way there is.
//
// [Run] is the law. A store's own tests call it with a way to open a fresh
// store. [NewModel] gives the model, which other rooms use in their tests where
// they need a store that answers at once and fails on request.
package storetest
