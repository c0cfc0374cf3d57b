package sqllineage

import "strings"

// create reads CREATE of whatever it is.
func (p *parser) create(s *statement) {
	replaced := p.is("REPLACE")
	p.next()
	w := &write{change: Create}
	kind := ""
	for !p.done() {
		t := p.tok()
		switch {
		case t.key == "TEMP" || t.key == "TEMPORARY" || t.key == "VOLATILE":
			w.temporary = true
		case t.key == "OR" && p.isAt(1, "REPLACE"), t.key == "OR" && (p.isAt(1, "REFRESH") || p.isAt(1, "ALTER")):
			p.next()
		case t.key == "MATERIALIZED":
			kind = "MATERIALIZED "
		case t.key == "TABLE" && p.isAt(1, "FUNCTION"): // BigQuery
			p.next()
			p.routine(s)
			return
		case t.key == "TABLE" || t.key == "VIEW" || p.dialect == BigQuery && t.key == "MODEL":
			s.kind = "CREATE " + kind + t.key
			p.next()
			w.view = t.key == "VIEW"
			if replaced {
				w.change = Overwrite
			}
			p.createRelation(s, w)
			return
		case p.routine(s):
			return
		case t.key == "=" || t.key == "@" || t.kind == tokenQuoted || t.kind == tokenString: // MySQL: DEFINER = 'a'@'b'
		case t.kind != tokenWord || !isCreateWord(t):
			s.kind = "CREATE " + p.firstWord()
			p.createOther(s)
			return
		}
		p.next()
	}
	s.kind = "CREATE"
}

// isCreateWord says whether the word may stand between CREATE and TABLE or VIEW.
func isCreateWord(t *token) bool {
	switch strings.ToUpper(t.text) {
	case "GLOBAL", "LOCAL", "TRANSIENT", "UNLOGGED", "EXTERNAL", "RECURSIVE", "SECURE", "LIVE", "STREAMING", "DYNAMIC", "HYBRID", "ICEBERG", "FORCE", "NO", "NOFORCE", "EDITIONABLE",
		"NONEDITIONABLE", "MULTISET", "SET", "SNAPSHOT", "FOREIGN", "PRIVATE", "SHARDED", "DUPLICATED", "IMMUTABLE", "BLOCKCHAIN", "MANAGED", "COLUMN", "ROW", "INCREMENTAL",
		"ALGORITHM", "UNDEFINED", "MERGE", "TEMPTABLE", "DEFINER", "SQL", "SECURITY", "INVOKER", "INTERLEAVED", "REFRESH", "PERMANENT", "EVENT", "OBJECT", "FACT", "DIMENSION", "AGGREGATE", "STABLE", "LOGICAL", "FALLBACK", "GHOST", "INTERACTIVE", "VERSIONED":
		return true
	}
	return t.key == ""
}

// createRelation reads what follows CREATE TABLE or CREATE VIEW.
func (p *parser) createRelation(s *statement, w *write) {
	recursive := p.isAt(-2, "RECURSIVE")
	w.ifMissing = p.acceptAll("IF", "NOT", "EXISTS")
	if p.dialect == Generic || p.identAhead(0) {
		w.target = p.name()
	}
	if len(w.target) == 0 {
		p.fault("expected a name")
		p.skipAll()
		return
	}
	w.temporary = w.temporary || temporaryName(w.target)
	s.writes = append(s.writes, w)
	w.ifMissing = p.acceptAll("IF", "NOT", "EXISTS") || w.ifMissing
	if p.is("(") && !p.queryIn(p.pos) {
		p.definitions(s, w)
	}
	for !p.done() && s.query == nil {
		if !p.createOption(s, w) {
			return
		}
	}
	if s.query != nil && p.dialect == MySQL && !w.view { // its columns join those of the query, which go by their names
		w.columns = nil
	}
	if s.query != nil && recursive {
		s.query = p.recursiveView(w, s.query)
	}
	p.createTail()
}

// recursiveView makes what CREATE RECURSIVE VIEW v (a) AS … stands for: WITH
// RECURSIVE v (a) AS (…) SELECT * FROM v.
func (p *parser) recursiveView(w *write, q *query) *query {
	self := w.target[len(w.target)-1:]
	return &query{
		span: q.span,
		ctes: []*cte{{name: self[0], columns: w.columns, query: q, recursive: true}},
		sel:  &selection{items: []*item{{star: &star{span: q.span}}}, from: []*relation{{kind: relationTable, name: self, span: q.span}}},
	}
}

// createTail steps over what may stand behind the query: WITH NO DATA,
// WITH CHECK OPTION, and options of the table.
func (p *parser) createTail() {
	if p.isAny("WITH", "COMMENT", "PRIMARY", "DISTRIBUTED", "ON", "ORDER", "PARTITION", "UNIQUE", "INDEX", "EMPTY", "SETTINGS", "PROPERTIES", "SORT", "NO", "OPTION") ||
		p.tok().kind == tokenWord && p.tok().key == "" {
		p.skipAll()
	}
}

// createOption reads one of the options between the name and the query, of
// which there are as many as dialects; the query itself ends them.
func (p *parser) createOption(s *statement, w *write) bool {
	switch {
	case p.statementAt(0) && p.dialect == TSQL:
		return false
	case p.isAny("AS", "IS"):
		p.next()
		p.createQuery(s, w)
	case p.is("SELECT"), p.is("(") && p.queryIn(p.pos), p.is("WITH") && (p.isAt(2, "AS") && p.isAt(3, "(") || p.identAhead(1) && p.isAt(2, "(") && p.queryStart(p.pos, p.end) && p.cteWithColumns()):
		s.query = p.query()
	case p.isAny("LIKE", "CLONE", "COPY") && p.identAhead(1) && !p.isAt(1, "GRANTS") && !p.isAt(1, "TAGS") && !p.isAt(1, "OPTIONS"):
		w.like = true
		p.next()
		s.read = append(s.read, p.name())
	case p.are("PARTITION", "OF"):
		p.next()
		p.next()
		p.name()
		p.skipAll()
	case p.is("TO") && w.view && p.identAhead(1): // ClickHouse: a view that fills a table
		p.next()
		w.target, w.view, w.change = p.name(), false, ""
		if p.identListAhead() {
			w.columns = p.identList()
		}
	case p.is("FROM") && p.identAhead(1) && p.anyNext("SHARE", "WEBHOOK", "KAFKA", "POSTGRES", "SOURCE", "MYSQL", "LOAD"):
		p.skipAll()
	case p.isAny("USING", "STORED", "EXECUTE"): // USING delta, STORED AS ORC, EXECUTE AS OWNER
		p.next()
		p.accept("AS")
		p.skip()
	case p.is("(") && len(w.columns) == 0 && !w.view && p.identListAhead() && p.toks[p.pos-1].kind == tokenWord && p.toks[p.pos-1].key == "":
		p.skip()
	case p.startAt() && !p.isAny("SET", "UPDATE", "DELETE", "WITH", "IF", "MERGE", "USE"):
		return false
	default:
		p.skip()
	}
	return true
}

// cteWithColumns says that WITH x (a, b) AS ( stands here.
func (p *parser) cteWithColumns() bool {
	i := p.closingOf(p.pos+2) + 1
	return i+1 < p.end && p.toks[i].key == "AS" && p.toks[i+1].key == "("
}

// createQuery reads what stands behind AS.
func (p *parser) createQuery(s *statement, w *write) {
	switch {
	case p.isAny("SELECT", "WITH", "(", "VALUES", "FROM", "SEL"), p.is("TABLE") && p.identAhead(1):
		if p.is("WITH") && p.modifies() {
			p.skipAll()
			return
		}
		s.query = p.query()
	case p.isAny("LIKE", "CLONE", "COPY"), p.isAny("PARTITION", "EXTERNAL", "EXECUTE", "OPERATION"):
	case p.dialect == ClickHouse && p.identAhead(0): // CREATE TABLE a AS b
		if p.functionAhead() {
			s.query = &query{table: p.function(p.tableName())}
			return
		}
		w.like = true
		s.read = append(s.read, p.name())
	case p.is("PIVOT"), p.is("UNPIVOT"):
		p.pivotStatement(s)
	case p.tok().kind == tokenString, p.tok().kind == tokenParam:
		p.next()
	}
}

// definitions reads the columns of a table or view.
func (p *parser) definitions(s *statement, w *write) {
	p.within(func() {
		for !p.done() {
			switch {
			case p.is("LIKE") && p.identAhead(1):
				p.next()
				w.like = true
				s.read = append(s.read, p.name())
			case p.tok().kind == tokenQuoted, p.tok().kind == tokenString, p.tok().kind == tokenWord && !p.isConstraint():
				w.columns = append(w.columns, p.ident())
			}
			p.skipArgument()
			p.accept(",")
		}
	})
}

// isConstraint says that the definition at hand is of no column.
func (p *parser) isConstraint() bool {
	following := p.ahead(1)
	switch strings.ToUpper(p.tok().text) {
	case "CONSTRAINT", "PRIMARY", "FOREIGN", "EXCLUDE", "FULLTEXT", "SPATIAL", "WATERMARK", "PROJECTION":
		return following.kind != tokenEnd && following.key != ","
	case "UNIQUE", "CHECK", "PERIOD", "LIKE":
		return following.key == "(" || following.key == "KEY" || following.key == "INDEX" || following.key == "FOR" || following.key == "CLUSTERED" || following.key == "NONCLUSTERED"
	case "KEY", "INDEX":
		return following.key == "(" || following.kind != tokenEnd && following.key != "," && p.isAt(2, "(") && !isLiteralType(following) || following.kind == tokenQuoted
	}
	return false
}

// createOther reads CREATE of what holds no rows. Some of it has a statement
// in it that will be run: a task, a pipe.
func (p *parser) createOther(s *statement) {
	word := p.firstWord()
	if word == "TASK" || word == "PIPE" || word == "SCHEDULE" || word == "FLOW" {
		for !p.done() && !p.is("AS") {
			p.skip()
		}
		if p.accept("AS") && !p.done() {
			s.body = p.statements(nil)
		}
		return
	}
	p.skipAll()
}

// optionValue reads (key 'value', …) behind OPTIONS, and gives the value of a key.
func (p *parser) optionValue(key string) (value string) {
	p.next()
	p.within(func() {
		for !p.done() {
			if strings.EqualFold(p.tok().text, key) {
				p.next()
				p.acceptAny("=", "=>")
				if p.is("[") {
					p.next()
				}
				if p.tok().kind == tokenString {
					value = p.tok().text
				}
			}
			p.next()
		}
	})
	return value
}
