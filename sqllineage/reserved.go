package sqllineage

// isReserved says of a word's key that it is never an operand by itself.
func isReserved(key string) bool {
	switch key {
	case "FROM", "WHERE", "HAVING", "UNION", "INTERSECT", "EXCEPT", "ON", "THEN", "WHEN", "ELSE", "END", "AS", "AND", "OR", "IN", "IS", "LIKE", "BETWEEN",
		"INTO", "SELECT", "JOIN", "USING", "ILIKE", "ASC", "DESC", "QUALIFY", "BY", "XOR", "ESCAPE":
		return true
	}
	return false
}

// isClause says that a clause begins with this word, whatever follows.
func isClause(key string) bool {
	switch key {
	case "FROM", "WHERE", "HAVING", "UNION", "INTERSECT", "EXCEPT", "SELECT", "QUALIFY", "INTO", "JOIN", "PREWHERE":
		return true
	}
	return false
}

// clauseAt says that what stands n places further begins a clause, and is
// neither an operand nor an alias.
func (p *parser) clauseAt(n int) bool {
	t := p.ahead(n)
	if t.kind != tokenWord || t.key == "" {
		return t.key == "|>"
	}
	following := p.ahead(n + 1)
	switch t.key {
	case "FROM", "WHERE", "HAVING", "UNION", "INTERSECT", "EXCEPT", "SELECT", "QUALIFY", "INTO", "ON", "WHEN", "THEN", "ELSE", "END", "AS", "PREWHERE", "FOR",
		"RETURNING", "WITH", "USING", "BY", "AND", "OR", "VALUES", "SET":
		return true
	case "GROUP", "SORT", "CLUSTER", "DISTRIBUTE", "CONNECT":
		return following.key == "BY"
	case "ORDER":
		return following.key == "BY" || following.key == "SIBLINGS"
	case "START":
		return following.key == "WITH"
	case "LIMIT", "OFFSET":
		return p.operandAhead(n + 1)
	case "FETCH":
		return following.key == "FIRST" || following.key == "NEXT"
	case "MINUS":
		return following.key == "SELECT" || following.key == "(" || following.key == "ALL" || following.key == "DISTINCT" || following.key == "WITH"
	case "WINDOW":
		return p.identAhead(n+1) && p.isAt(n+2, "AS")
	case "LATERAL":
		return following.key == "VIEW"
	case "BULK":
		return following.key == "COLLECT"
	}
	return p.rareClauseAt(n, t, following)
}

// rareClauseAt is clauseAt for what single dialects have.
func (p *parser) rareClauseAt(n int, t, following *token) bool {
	switch t.key {
	case "SETTINGS", "FORMAT":
		return p.dialect == ClickHouse && following.kind == tokenWord
	case "OPTION":
		return following.key == "("
	case "LOCK":
		return following.key == "IN"
	case "ROWS":
		return p.isAt(n+1, "BETWEEN")
	case "INNER", "LEFT", "RIGHT", "FULL", "OUTER":
		return p.isAt(n+1, "UNION") || p.isAt(n+1, "EXCEPT") || p.isAt(n+1, "INTERSECT") || p.isAt(n+2, "UNION") && (following.key == "OUTER") || p.joinAt(n)
	case "CROSS", "NATURAL":
		return p.joinAt(n)
	case "DO":
		return following.key == "UPDATE" || following.key == "NOTHING"
	}
	return p.statementAt(n)
}

// statementAt says that a new statement begins n places further without a
// semicolon before it, as T-SQL has it, and as Hive goes on with INSERT.
func (p *parser) statementAt(n int) bool {
	t, following := p.ahead(n), p.ahead(n+1)
	switch t.key {
	case "INSERT":
		return following.key == "INTO" || following.key == "OVERWRITE" || p.dialect == TSQL
	case "CREATE":
		return p.anyAt(n+1, "TABLE", "VIEW", "OR", "TEMPORARY", "TEMP") || p.dialect == TSQL
	case "GO":
		return p.dialect == TSQL && p.alone(n)
	case "UPDATE", "DELETE", "MERGE", "TRUNCATE", "DROP", "ALTER", "DECLARE", "EXEC", "EXECUTE", "PRINT", "RETURN", "WHILE", "BEGIN", "IF", "USE", "RAISERROR", "THROW",
		"COMMIT", "ROLLBACK", "GRANT", "FETCH", "OPEN", "CLOSE", "DEALLOCATE", "WAITFOR", "GOTO":
		return p.dialect == TSQL && following.key != "." && following.key != "," && following.key != "="
	}
	return false
}

func (p *parser) anyAt(n int, keys ...string) bool {
	for _, k := range keys {
		if p.isAt(n, k) {
			return true
		}
	}
	return false
}

// alone says that the token n places further is the only one on its line.
func (p *parser) alone(n int) bool {
	i := p.pos + n
	if i < 0 || i >= len(p.toks) {
		return false
	}
	t := p.toks[i]
	before, after := 0, len(p.sql)
	if i > 0 {
		before = p.toks[i-1].end
	}
	if i+1 < len(p.toks) {
		after = p.toks[i+1].start
	}
	return (i == 0 || hasNewline(p.sql[before:t.start])) && (i+1 >= len(p.toks) || hasNewline(p.sql[t.end:after]) || p.toks[i+1].kind == tokenNumber)
}

func hasNewline(s string) bool {
	for i := range len(s) {
		if s[i] == '\n' {
			return true
		}
	}
	return false
}

// joinAt says that a join begins n places further.
func (p *parser) joinAt(n int) bool {
	for i := n; i < n+5; i++ {
		switch p.ahead(i).key {
		case "JOIN", "APPLY":
			return true
		case "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "NATURAL", "SEMI", "ANTI", "ASOF", "ANY", "ALL", "GLOBAL", "PASTE", "POSITIONAL", "STRAIGHT", "LOOP", "HASH", "MERGE", "REMOTE", "ARRAY", "PARALLEL", "BROADCAST", "SHUFFLE":
		default:
			return false
		}
	}
	return false
}

// isNiladic says whether the word is a function that is called without
// parentheses.
func isNiladic(key string, d Dialect) bool {
	switch key {
	case "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER", "SESSION_USER", "CURRENT_CATALOG", "CURRENT_SCHEMA",
		"CURRENT_ROLE", "SYSTEM_USER", "UTC_DATE", "UTC_TIMESTAMP", "UTC_TIME", "CURRENT_DATETIME":
		return true
	case "USER":
		return d == PostgreSQL || d == Oracle || d == Redshift || d == TSQL
	case "SYSDATE", "SYSTIMESTAMP":
		return d == Oracle || d == Generic || d == Redshift || d == Snowflake
	case "ROWNUM", "LEVEL", "UID":
		return d == Oracle
	}
	return false
}
