package sqllineage

import "strings"

// A LiteralRun is a list of literals, or of rows of them, in a text: what IN
// looks among, or what VALUES gives. Only values count as literals, their casts
// and the words that say their type; a list with a name or a call in it is none.
type LiteralRun struct {
	Start, End int  // bytes of the text that the elements take, without the brackets around a list
	First      int  // where the first element ends
	Count      int  // of elements
	Rows       bool // the elements are rows in brackets
}

// LiteralRuns finds the runs of at least so many elements, in their order. What
// the limits of the package leave unread is not looked at.
func LiteralRuns(sql string, d Dialect, least int) []LiteralRun {
	if !mayList(sql, least) {
		return nil
	}
	tokens, _, _ := lex(sql, d, Limits{})
	var found []LiteralRun
	for i := 0; i < len(tokens); {
		list, next := literalList(tokens, i)
		if next < 0 {
			i++
			continue
		}
		rows, next := literalRows(tokens, i, next)
		switch {
		case rows.Count >= least:
			found = append(found, rows)
		case list.Count >= least:
			found = append(found, list)
		}
		i = next
	}
	return found
}

// mayList says whether a text has as many commas with what may be a literal
// behind them, or a row: most have not, and need no lexer.
func mayList(sql string, least int) bool {
	for n := 1; n < least; n++ {
		at := strings.IndexByte(sql, ',')
		if at < 0 {
			return false
		}
		sql = strings.TrimLeft(sql[at+1:], " \t\r\n")
		if !mayBeLiteral(sql) {
			n--
		}
	}
	return true
}

// mayBeLiteral says whether a text may begin with a literal, or a row of them:
// its sign, digit or quote, the letter before a quote, or a word that is a value
// or says its type.
func mayBeLiteral(sql string) bool {
	if sql == "" {
		return false
	}
	if strings.IndexByte("0123456789'\"(+-.$", sql[0]) >= 0 || len(sql) > 1 && (sql[1] == '\'' || sql[1] == '&') {
		return true
	}
	for _, word := range [...]string{"null", "true", "false", "default", "date", "time", "interval"} {
		if len(sql) >= len(word) && strings.EqualFold(sql[:len(word)], word) {
			return true
		}
	}
	return false
}

// literalList reads a bracket at i that holds nothing but literals, and gives
// the token behind it; -1 where it holds something else.
func literalList(tokens []token, i int) (LiteralRun, int) {
	opening := tokens[i]
	closing := ")"
	if opening.is("[") {
		closing = "]"
	} else if !opening.is("(") {
		return LiteralRun{}, -1
	}
	run := LiteralRun{Start: opening.end}
	for i++; ; i++ {
		end := literal(tokens, i)
		if end < 0 {
			return run, -1
		}
		i = end
		if run.Count++; run.Count == 1 {
			run.First = tokens[i-1].end
		}
		if tokens[i].is(closing) {
			run.End = tokens[i].start
			return run, i + 1
		}
		if !tokens[i].is(",") {
			return run, -1
		}
	}
}

// literalRows reads the rows that follow on the one from i to next.
func literalRows(tokens []token, i, next int) (LiteralRun, int) {
	run := LiteralRun{Start: tokens[i].start, First: tokens[next-1].end, Count: 1, Rows: true}
	for next+1 < len(tokens) && tokens[next].is(",") {
		_, behind := literalList(tokens, next+1)
		if behind < 0 {
			break
		}
		next = behind
		run.Count++
	}
	run.End = tokens[next-1].end
	return run, next
}

// literal gives the token behind the literal at i, or -1 where there is none.
// The last token is the end, so that there always is one behind.
func literal(tokens []token, i int) int {
	if tokens[i].is("-") || tokens[i].is("+") {
		i++
	}
	if t := &tokens[i]; t.is("DATE") || t.is("TIME") || t.is("TIMESTAMP") || t.is("INTERVAL") {
		i++
	}
	switch t := &tokens[i]; {
	case t.kind == tokenString, t.kind == tokenNumber, t.is("NULL"), t.is("TRUE"), t.is("FALSE"), t.is("DEFAULT"):
		i++
	default:
		return -1
	}
	for tokens[i].is("::") && i+1 < len(tokens) && tokens[i+1].kind == tokenWord {
		i += 2
	}
	return i
}
