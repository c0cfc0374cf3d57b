package sqllineage

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokenEnd      tokenKind = iota // behind the last one
	tokenWord                      // an unquoted identifier or a keyword
	tokenQuoted                    // a quoted identifier
	tokenString                    // a string literal, dollar quotes included
	tokenNumber                    // a number
	tokenParam                     // a parameter or template: ?, $1, :name, %(name)s, ${name}, {{ name }}
	tokenOperator                  // an operator or punctuation, such as ( ) , . ; :: -> <=
)

// A token is a piece of the text. Comments and space are none.
type token struct {
	kind       tokenKind
	start, end int    // in bytes of the text
	text       string // a word as written, a quoted identifier or string without its quotes, else as written
	key        string // a word that is one of the keywords, in upper case; an operator's own text; else ""
}

// is says that the token is this keyword, in upper case, or this operator.
func (t token) is(key string) bool { return t.key == key && key != "" }
