package sqllineage

import "strings"

// statements reads statements up to the end, or to where stop says.
func (p *parser) statements(stop func() bool) []*statement {
	var list []*statement
	for !p.done() {
		if p.accept(";") {
			continue
		}
		if stop != nil && stop() {
			break
		}
		at := p.pos
		if s := p.inner(); s != nil {
			list = append(list, s)
		}
		if p.pos == at {
			p.next()
		}
	}
	return list
}

// inner reads one statement, up to its end or to where another begins.
func (p *parser) inner() *statement {
	if p.is("GO") && p.alone(0) {
		p.next()
		if p.tok().kind == tokenNumber {
			p.next()
		}
		return nil
	}
	outer, faults, first := p.end, p.faults, p.pos
	p.faults = nil
	s := &statement{}
	around := p.outer
	p.outer = outer
	if !p.enter() {
		p.pos = p.end
		return nil
	}
	if !p.block(s) {
		p.end = p.semicolon()
		p.simple(s)
		p.rest()
	}
	p.budget.leave()
	p.outer = around
	if !p.budget.spent {
		p.end = outer
	}
	s.span = p.spanFrom(first)
	s.faults = p.faults
	p.faults = faults
	return s
}

// semicolon is where the statement at hand ends: at the next semicolon.
func (p *parser) semicolon() int {
	for i := p.pos; i < p.end; i++ {
		if p.toks[i].key == ";" {
			return i
		}
	}
	return p.end
}

// rest says of what is left of a statement that it is not understood, unless
// another statement, or the end of a block, comes there.
func (p *parser) rest() {
	if p.done() || p.is(";") || p.blockEnd() || p.startAt() {
		return
	}
	p.fault("cannot read this")
	for !p.done() && !p.statementAt(0) && !p.blockEnd() {
		p.skip()
	}
}

// startAt says that another statement begins here, without a semicolon before.
func (p *parser) startAt() bool {
	if p.statementAt(0) {
		return true
	}
	switch p.tok().key {
	case "SELECT", "WITH", "SET":
		return p.dialect == TSQL
	case "GO":
		return p.alone(0)
	}
	return false
}

// blockEnd says that a block, or a part of it, ends here.
func (p *parser) blockEnd() bool {
	return p.isAny("END", "ELSE", "ELSEIF", "ELSIF", "EXCEPTION", "UNTIL")
}

// simple reads a statement that has no statements in it.
func (p *parser) simple(s *statement) {
	for p.tok().kind == tokenParam && p.tok().text[0] == '{' { // a template's settings: {{ config(…) }}
		p.next()
	}
	s.kind = p.firstWord()
	switch p.tok().key {
	case "WITH":
		p.withStatement(s)
	case "SELECT", "(", "VALUES", "SEL":
		s.kind = "SELECT"
		s.query = p.query()
	case "FROM":
		p.fromStatement(s)
	case "INSERT":
		p.insert(s)
	case "REPLACE":
		p.replace(s)
	case "UPDATE":
		p.update(s)
	case "DELETE":
		p.delete(s)
	case "MERGE":
		p.merge(s)
	case "CREATE":
		p.create(s)
	default:
		p.other(s)
	}
}

// firstWord is the kind of a statement that has no better one.
func (p *parser) firstWord() string {
	if t := p.tok(); t.kind == tokenWord {
		return strings.ToUpper(clip(t.text))
	}
	return ""
}

// other reads the statements that are rarer.
func (p *parser) other(s *statement) {
	switch p.tok().key {
	case "COPY":
		p.copy(s)
	case "UNLOAD":
		p.unload(s)
	case "LOAD":
		p.load(s)
	case "EXPORT":
		p.export(s)
	case "CACHE":
		p.cache(s)
	case "TABLE":
		s.kind = "SELECT"
		s.query = p.query()
	case "DROP", "TRUNCATE", "ALTER", "RENAME", "UNDROP":
		p.definition(s)
	case "USE", "SET", "DATABASE":
		p.setting(s)
	case "EXPLAIN", "DESCRIBE", "DESC", "PROFILE":
		p.explain(s)
	case "DECLARE":
		p.declare(s)
	case "EXECUTE", "EXEC", "DO", "PREPARE":
		p.execute(s)
	case "PIVOT", "UNPIVOT":
		p.pivotStatement(s)
	case "BULK":
		p.load(s)
	case "PERFORM": // PL/pgSQL: a SELECT whose result nobody wants
		s.kind = "SELECT"
		first := p.pos
		q := &query{}
		q.sel = p.selection(q)
		q.span = p.spanFrom(first)
		s.query = p.queryTail(q)
	case "RETURN", "OPEN", "PRINT", "LET":
		p.next()
		p.searched(s)
	case "END":
		p.skipAll()
	default:
		p.silent(s)
	}
}

// opening reads a statement behind words that some dialects have before it:
// LOCKING t FOR ACCESS SELECT, AT EPOCH LATEST SELECT, SUBMIT TASK AS INSERT.
func (p *parser) opening(s *statement) bool {
	switch p.firstWord() {
	case "LOCKING", "AT", "SUBMIT":
		for !p.done() && !p.isAny("SELECT", "SEL", "INSERT", "UPDATE", "DELETE", "WITH", "CREATE") {
			p.skip()
		}
	case "DEL":
		p.delete(s)
		return true
	case "INS":
		p.insert(s)
		return true
	default:
		return false
	}
	if !p.done() {
		p.simple(s)
	}
	return true
}

// silent steps over a statement that says nothing of lineage. A text that is
// no SQL at all is not understood.
func (p *parser) silent(s *statement) {
	if p.isAt(1, ":=") || p.blocks > 0 && !knownStatement(p.firstWord()) && (p.isAt(1, "=") || p.isAt(1, "(") || p.isAt(1, ".") || p.isAt(1, ";") || p.ahead(1).kind == tokenEnd) {
		s.kind = "SET" // or the call of a procedure, which is read alike
		p.next()
		p.acceptAny(":=", "=")
		p.searched(s)
		return
	}
	if p.opening(s) {
		return
	}
	if !knownStatement(p.firstWord()) {
		p.fault("this is no statement that is known")
	}
	p.skipAll()
}

// skipAll steps over the rest of the statement.
func (p *parser) skipAll() {
	p.next()
	for !p.done() && (p.dialect != TSQL || !p.statementAt(0) && !p.blockEnd()) {
		p.skip()
	}
}

// knownStatement says whether statements begin with this word that say nothing
// of lineage.
func knownStatement(word string) bool {
	switch word {
	case "SHOW", "GRANT", "REVOKE", "DENY", "ANALYZE", "ANALYSE", "VACUUM", "REFRESH", "UNCACHE", "ADD", "LIST", "RESET", "BEGIN", "COMMIT", "ROLLBACK", "START", "SAVEPOINT", "RELEASE",
		"ABORT", "END", "CALL", "COMMENT", "OPTIMIZE", "MSCK", "REPAIR", "CLEAR", "KILL", "LOCK", "UNLOCK", "CHECKPOINT", "CLUSTER", "REINDEX", "DISCARD", "LISTEN", "NOTIFY", "UNLISTEN",
		"FETCH", "CLOSE", "DEALLOCATE", "MOVE", "RAISE", "RAISERROR", "THROW", "SIGNAL", "RESIGNAL", "LEAVE", "ITERATE", "CONTINUE", "BREAK", "EXIT", "GOTO", "NULL", "ASSERT", "PRAGMA", "ATTACH", "DETACH",
		"INSTALL", "SUMMARIZE", "CHECK", "FLUSH", "HELP", "IMPORT", "PUT", "GET", "REMOVE", "RM", "LS", "SYSTEM", "EXISTS", "DELIMITER", "STOP", "PURGE", "RECLUSTER", "REASSIGN", "SECURITY",
		"WAITFOR", "DBCC", "BACKUP", "RESTORE", "ENABLE", "DISABLE", "UPSERT", "UNSET", "SUSPEND", "RESUME", "REPLICATE", "CLONE", "COMPACT", "DFS", "RELOAD", "HANDLER", "SHUTDOWN", "RENAME", "APPLY", "AUDIT", "NOAUDIT",
		"FLASHBACK", "WHENEVER", "PROMPT", "EXCHANGE", "WATCH", "UNDROP", "LISTAGG", "REVERT", "RECONFIGURE", "GENERATE", "FORCE", "XA", "CHANGE", "BINLOG", "CACHE", "ALLOW", "TITLE", "COLLECT", "BT", "ET", "HINT", "VALIDATE", "CONNECT", "DISCONNECT", "SPOOL", "ECHO", "EXECUTE",
		"CONVERT", "FSCK", "REPLAY", "SUBSCRIBE", "UNSUBSCRIBE", "INVALIDATE", "HINTS", "GO", "NOP", "SAVE", "TRAIN", "EVALUATE", "GOTO_":
		return true
	}
	return strings.HasPrefix(word, "@") || strings.HasPrefix(word, "\\") || word == ""
}

// withStatement reads a statement that common table expressions stand before.
func (p *parser) withStatement(s *statement) {
	first := p.pos
	ctes := p.with()
	switch p.tok().key {
	case "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "CACHE", "CALL":
		s.ctes = ctes
		p.simple(s)
	case "FROM":
		if p.multiInsertAhead() {
			s.ctes = ctes
			p.fromStatement(s)
			return
		}
		fallthrough
	default:
		s.kind = "SELECT"
		s.query = p.queryOf(ctes, first)
	}
}

// searched reads what is left as an expression, for the queries in it.
func (p *parser) searched(s *statement) {
	if p.done() || p.dialect == TSQL && p.statementAt(0) {
		return
	}
	if p.is("TABLE") || p.is("QUERY") {
		p.next()
	}
	if p.is("SELECT") || p.is("WITH") {
		s.query = p.query()
		return
	}
	p.asks(s, p.expression())
	for !p.done() && !p.blockEnd() && !p.startAt() {
		if p.is("(") {
			var e expr
			p.operand(&e, place{})
			p.asks(s, e)
			continue
		}
		p.skip()
	}
}

// asks notes the queries of an expression whose value no table gets.
func (p *parser) asks(s *statement, e expr) {
	for _, q := range e.queries {
		s.body = append(s.body, &statement{kind: "SELECT", span: q.query.span, query: q.query})
	}
}
