package sqllineage

// relations reads what stands in FROM, up to the next clause.
func (p *parser) relations() []*relation {
	var list []*relation
	for !p.done() {
		at := p.pos
		r := p.joined()
		if r != nil {
			list = append(list, r)
		}
		if !p.accept(",") {
			break
		}
		if p.clauseAt(0) && !p.joinAt(0) && !p.is("VALUES") { // a trailing comma
			break
		}
		if p.pos == at {
			break
		}
	}
	return list
}

// joined reads a relation with the joins that follow it.
func (p *parser) joined() *relation {
	first := p.pos
	left := p.relation()
	if left == nil {
		return nil
	}
	for at := -1; !p.done() && p.pos > at; {
		at = p.pos
		switch {
		case p.is("LATERAL") && p.isAt(1, "VIEW"):
			left = p.lateralView(left)
		case p.joinAt(0) || p.is("STRAIGHT_JOIN"):
			left = p.join(left)
		case p.is("USING") && p.isAt(1, "(") && left.kind == relationJoin: // a second condition, as some write it
			p.next()
			left.using = append(left.using, p.identList()...)
		default:
			return left
		}
		left.span = p.spanFrom(first)
	}
	return left
}

// join reads one join behind what it joins to.
func (p *parser) join(left *relation) *relation {
	j := &relation{kind: relationJoin, left: left}
	apply, array := false, false
	for p.isJoinWord() {
		switch p.tok().key {
		case "NATURAL":
			j.natural = true
		case "SEMI", "ANTI":
			j.semi = true
		case "APPLY":
			apply = true
		case "ARRAY":
			array = true
		}
		last := p.isAny("JOIN", "APPLY", "STRAIGHT_JOIN")
		p.next()
		if last {
			break
		}
	}
	if array {
		j.right = p.arrayJoin()
		return j
	}
	p.spannerHint()
	j.right = p.relation()
	if j.right == nil {
		p.fault("expected what is joined")
		return left
	}
	if apply {
		j.right.lateral = true
	}
	p.condition(j)
	return j
}

func (p *parser) isJoinWord() bool {
	switch p.tok().key {
	case "JOIN", "APPLY", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "NATURAL", "SEMI", "ANTI", "ASOF", "ANY", "ALL", "GLOBAL", "PASTE", "POSITIONAL",
		"STRAIGHT_JOIN", "LOOP", "HASH", "MERGE", "REMOTE", "ARRAY", "BROADCAST", "SHUFFLE":
		return true
	}
	return false
}

// condition reads ON or USING behind a join. Conditions may also stand behind
// several joins: a JOIN b JOIN c ON … ON …; the inner join is then on the right.
func (p *parser) condition(j *relation) {
	p.matchCondition(j)
	for at := -1; p.pos > at && p.joinAt(0) && p.nestedJoin(); {
		at = p.pos
		j.right = p.join(j.right)
	}
	switch {
	case p.is("ON"):
		p.next()
		e := p.expression()
		if j.on != nil {
			e = mergeExprs(*j.on, e)
		}
		j.on = &e
	case p.is("USING") && p.dialect == ClickHouse && p.identAhead(1):
		p.next()
		j.using = append(j.using, p.ident())
		for p.is(",") && p.identAhead(1) {
			p.next()
			j.using = append(j.using, p.ident())
		}
	case p.is("USING") && p.isAt(1, "("):
		p.next()
		j.using = p.identList()
		if p.accept("AS") && p.identAhead(0) {
			j.merged = p.ident()
		}
	}
}

// matchCondition reads Snowflake's MATCH_CONDITION (…) of an ASOF join.
func (p *parser) matchCondition(j *relation) {
	if !p.is("MATCH_CONDITION") || !p.isAt(1, "(") {
		return
	}
	p.next()
	var e expr
	p.group(&e, place{})
	j.on = &e
}

// nestedJoin says that the join that begins here is within the one before it,
// as there are conditions for both, one behind the other. Few tokens are looked
// at, as nobody writes many joins like that.
func (p *parser) nestedJoin() bool {
	open, bare := 1, false
	for i := p.pos; i < min(p.end, p.pos+200); i++ {
		switch p.toks[i].key {
		case "(":
			i = p.closingOf(i)
		case "CROSS", "NATURAL":
			bare = true
		case "JOIN":
			if !bare {
				open++
			}
			bare = false
		case "ON", "USING":
			if open--; open == 0 {
				return true
			}
		case ",", "WHERE", "GROUP", "ORDER", "SELECT", "UNION", "LIMIT", "HAVING", "APPLY", "SET", "WHEN":
			return false
		}
	}
	return false
}

// mergeExprs makes one expression of two.
func mergeExprs(a, b expr) expr {
	a.refs = append(a.refs, b.refs...)
	a.queries = append(a.queries, b.queries...)
	a.windows = append(a.windows, b.windows...)
	a.bare, a.span.End = false, max(a.span.End, b.span.End)
	return a
}

// relation reads one relation, with its alias and what else may follow it.
func (p *parser) relation() *relation {
	first := p.pos
	if !p.enter() {
		return nil
	}
	r := p.relationHead()
	p.budget.leave()
	if r == nil {
		return nil
	}
	p.relationTail(r)
	r.span = p.spanFrom(first)
	return r
}

// relationHead reads a relation up to its alias.
func (p *parser) relationHead() *relation {
	lateral := p.is("LATERAL") && !p.isAt(1, "VIEW")
	if lateral {
		p.next()
	}
	r := p.relationBody()
	if r != nil {
		r.lateral = r.lateral || lateral
	}
	return r
}

func (p *parser) relationBody() *relation {
	t := p.tok()
	switch {
	case t.key == "(":
		return p.relationGroup()
	case t.kind == tokenString:
		return &relation{kind: relationTable, path: p.ident().text}
	case t.key == "VALUES":
		return p.valuesRelation()
	case t.key == "TABLE" && p.isAt(1, "("):
		return p.tableOf()
	case t.key == "@" && p.identAhead(1):
		p.next()
		r := p.tableName()
		r.path = "@" + p.sql[r.span.Start:r.span.End]
		return r
	case t.key == "{" || t.key == "[":
		r := &relation{kind: relationFunction}
		p.operand(&r.call, place{})
		return r
	}
	if r, found := p.prefixedRelation(); found {
		return r
	}
	if p.identAhead(0) && !p.reservedRelation() {
		return p.namedRelation()
	}
	p.fault("expected a table")
	return nil
}

// valuesRelation reads VALUES (1, 2), (3, 4).
func (p *parser) valuesRelation() *relation {
	q := &query{}
	first := p.pos
	p.next()
	q.values = p.rows()
	q.span = p.spanFrom(first)
	return &relation{kind: relationQuery, query: q}
}

// prefixedRelation reads a relation with a word before it: ONLY t, ROWS FROM
// (…), STREAM t, UNPIVOT t.arr.
func (p *parser) prefixedRelation() (r *relation, found bool) {
	switch p.tok().key {
	case "ONLY":
		if found = p.identAhead(1) && !p.isAt(1, "AS") || p.isAt(1, "("); found {
			p.next()
			r = p.relationBody()
		}
	case "ROWS":
		if found = p.isAt(1, "FROM") && p.isAt(2, "("); found {
			p.next()
			p.next()
			r = &relation{kind: relationFunction, lateral: true}
			p.group(&r.call, place{})
		}
	case "STREAM":
		if found = p.streamAhead(); found {
			p.next()
			if p.is("(") {
				p.within(func() { r = p.relation() })
			} else {
				r = p.namedRelation()
			}
		}
	case "UNPIVOT":
		if found = p.dialect == Redshift && p.identAhead(1); found {
			p.next()
			r = p.namedRelation()
		}
	}
	return r, found
}

// streamAhead says that STREAM stands before a table here: STREAM(t), STREAM t.
func (p *parser) streamAhead() bool {
	switch p.dialect {
	case Databricks:
		return p.isAt(1, "(") && !p.isAt(2, ")") || p.identAhead(1) && !p.isAt(1, "AS")
	case Spark, Generic:
		return p.isAt(1, "(") && !p.isAt(2, ")")
	}
	return false
}

// reservedRelation says that the word at hand is no table.
func (p *parser) reservedRelation() bool {
	t := p.tok()
	if p.isAt(1, ".") {
		return false
	}
	return isReserved(t.key) || t.key == "LATERAL" || p.clauseAt(0) && !p.isAny("SET", "VALUES", "FORMAT") || p.joinAt(0) && !p.isAt(1, "(")
}

// relationGroup reads what stands in parentheses: a query, or joins.
func (p *parser) relationGroup() *relation {
	if p.queryIn(p.pos) {
		r := &relation{kind: relationQuery}
		r.query = p.queryGroup()
		return r
	}
	var r *relation
	p.within(func() {
		list := p.relations()
		if len(list) == 1 && list[0].kind == relationQuery {
			p.aliasedUnions(list[0])
		}
		for _, one := range list {
			if r == nil {
				r = one
			} else {
				r = &relation{kind: relationJoin, left: r, right: one, span: Span{r.span.Start, one.span.End}}
			}
		}
	})
	return r
}

// aliasedUnions reads on where queries that set operators combine have aliases:
// (SELECT 1) AS a UNION ALL (SELECT 2) AS b.
func (p *parser) aliasedUnions(r *relation) {
	for !p.done() {
		op, ok := p.setOperator()
		if !ok {
			return
		}
		r.query = p.combine(r.query, op, p.queryTerm())
		r.alias = ident{}
		var alias ident
		var columns []ident
		p.aliasOf(&alias, &columns)
	}
}

// namedRelation reads a table by its name, or a function of tables.
func (p *parser) namedRelation() *relation {
	if p.tok().text != "" && p.tok().text[0] == '@' && (p.dialect == Snowflake || p.dialect == Generic || p.dialect == Databricks) && p.tok().kind != tokenQuoted {
		return p.stage()
	}
	r := p.tableName()
	if p.is("(") && !p.hintAhead() {
		return p.function(r)
	}
	if n := r.name; len(n) == 2 && !n[0].quoted && n[1].quoted && isFileFormat(n[0]) && (p.dialect == Spark || p.dialect == Databricks || p.dialect == Hive || p.dialect == Generic) {
		r.path = n[1].text
	}
	return r
}

// stage reads @stage/path of Snowflake.
func (p *parser) stage() *relation {
	r := &relation{kind: relationTable}
	first := p.pos
	p.next()
	for p.adjacent(0) && !p.done() && !p.is("(") && !p.is(")") && !p.is(",") {
		p.next()
	}
	r.span = p.spanFrom(first)
	r.path = p.sql[r.span.Start:r.span.End]
	if p.is("(") { // (FILE_FORMAT => …, PATTERN => …)
		p.skipGroup()
	}
	return r
}

// isFileFormat says that a schema of this name is a format of files: parquet.`path`.
func isFileFormat(id ident) bool {
	switch upper(id) {
	case "PARQUET", "CSV", "JSON", "DELTA", "ORC", "AVRO", "TEXT", "BINARYFILE", "XML", "ICEBERG", "HUDI":
		return true
	}
	return false
}

// tableName reads the name of a table.
func (p *parser) tableName() *relation {
	first := p.pos
	r := &relation{kind: relationTable, name: p.name()}
	r.span = p.spanFrom(first)
	return r
}

// hintAhead says that the parentheses behind a table hold hints of T-SQL.
func (p *parser) hintAhead() bool {
	return p.dialect == TSQL && p.anyNext("NOLOCK", "UPDLOCK", "HOLDLOCK", "ROWLOCK", "TABLOCK", "TABLOCKX", "READPAST", "READUNCOMMITTED", "XLOCK")
}
