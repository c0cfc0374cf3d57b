package redact

import (
	"regexp"
	"strings"
)

// candidate is what a rule found in the text s: the match begins at match, the
// secret is that from start to end.
type candidate struct {
	s                 string
	match, start, end int
}

func (c *candidate) secret() string { return c.s[c.start:c.end] }

// named is where the name begins in whose middle the match may begin.
func (c *candidate) named() int {
	at := c.match
	for at > 0 && c.match-at < 50 && (wordByte(c.s[at-1]) || c.s[at-1] == '.' || c.s[at-1] == '-') {
		at--
	}
	return at
}

// A check has the last word on a candidate, and may make it smaller.
type check func(c *candidate) bool

var checks = map[string]check{
	"": nil, "generic": isGeneric, "token": isToken, "password": isPassword, "curl": isCurlUser, "assigned": isAssigned,
	"luhn": isCard, "iban": isIBAN, "phone": isPhone, "ssn": isSSN, "nino": isNINO, "nir": isNIR, "dni": isDNI,
	"cf": isCF, "pesel": isPESEL, "cpf": isCPF, "ean": isEAN, "personnummer": isPersonnummer,
}

var (
	tellingName = regexp.MustCompile(`(?i)secret|token|passw|credential|creds|auth|(?:api|access|private|account|encryption|signing|master|service)[ _.-]?key`)
	uuidText    = regexp.MustCompile(`^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	digestText  = regexp.MustCompile(`^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$`)
	dateText    = regexp.MustCompile(`^[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[T_.-]|$)`)
	wordlike    = regexp.MustCompile(`^(?:(?:[A-Za-z]{1,16}[0-9]{0,4}|[0-9]{1,8}|[vV][0-9]{1,4})?(?:[._/=+:-]+|$))+$`)
)

// isGeneric judges what stands behind a name such as key or token. Names of
// columns, ids and digests do as well, and are no secrets.
func isGeneric(c *candidate) bool {
	secret := c.secret()
	if !looksRandom(secret) {
		return false
	}
	name := c.s[c.named():c.start]
	telling := tellingName.MatchString(name)
	if !telling && (uuidText.MatchString(secret) || digestText.MatchString(secret)) {
		return false
	}
	quoted := strings.ContainsRune("\"'`", rune(c.s[c.start-1]))
	operator := strings.TrimRight(name, " \t\r\n\f\"'`\\")
	if leadsOn(operator) {
		return false
	}
	switch {
	case strings.HasSuffix(operator, "||"):
		return false
	case strings.HasSuffix(operator, ","):
		return quoted && telling
	case strings.HasSuffix(operator, ">") && !strings.HasSuffix(operator, "=>"):
		return telling && !quoted && strings.HasPrefix(c.s[c.end:], "<")
	}
	return quoted || c.end == len(c.s) || !strings.ContainsRune("(.[", rune(c.s[c.end]))
}

// leadsOn says whether a name with its operator is of those that end as the
// name of a secret does and hold none, such as next_token.
func leadsOn(name string) bool {
	name = strings.TrimRight(name, "=>:|,? \t\r\n\f\"'`\\")
	return strings.HasSuffix(strings.ToLower(name), "token") && !tellsSecret(lastName(name))
}

// lastName is the name at the end of a text.
func lastName(s string) string {
	at := len(s)
	for at > 0 && (wordByte(s[at-1]) || s[at-1] == '-') {
		at--
	}
	return s[at:]
}

// isToken judges what begins as a token does, and is no part of a longer name.
func isToken(c *candidate) bool {
	return looksRandom(c.secret()) && (c.match == 0 || c.match < c.start || c.s[c.match-1] != '-')
}

// looksRandom says whether a text has digits, and is not made of words with
// numbers behind them, as names are.
func looksRandom(s string) bool {
	return strings.ContainsAny(s, "0123456789") && !wordlike.MatchString(s) && !dateText.MatchString(s)
}

// isPassword judges what stands where a password stands.
func isPassword(c *candidate) bool { return !isPlaceholder(c.secret()) }

// isCurlUser wants the flag to be one of curl, and not of docker or git beside
// it.
func isCurlUser(c *candidate) bool {
	before := c.s[max(0, c.match-mostOfCommand):c.match]
	at := strings.LastIndex(before, "curl")
	return at >= 0 && !strings.ContainsAny(before[at:], ";|") && isPassword(c)
}

// mostOfCommand is how much of a command may stand before a flag of it.
const mostOfCommand = 1000

var placeholder = regexp.MustCompile(`(?i)^(?:["'\x60]*|[*.xX#?_-]+|[$%:?{<@&].*|.*\{\{.*|\(.*|<.*>|%s|` +
	`(?:my|your|the|new|old|a|db)?[_-]?(?:password|passwd|passphrase|pass|pwd|pw|secret|token|key|api[_-]?key)|` +
	`change[_-]?(?:me|it)|none|null|nil|undefined|true|false|yes|no|on|off|required|optional|string|text|varchar.*|char.*|hidden|masked|redacted|` +
	`removed|empty|unknown|n/a|example|bearer|basic|prompt|stdin|default|is|not|was|and|or)$`)

func isPlaceholder(s string) bool { return placeholder.MatchString(s) }

var assignment = regexp.MustCompile(`^([ \t]*)(=>|:=|==|=|:)?([ \t]*)(?:[a-zA-Z]{0,2}'([^']+)'|\\*"([^"\\]+)\\*"|"([^"]+)"|([^\s"']+))$`)

var (
	dotted     = regexp.MustCompile(`^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$`)
	onlyWord   = regexp.MustCompile(`^[A-Za-z_]+$`)
	folderText = regexp.MustCompile(`^(?:[~.]?/|[A-Za-z]:)`)
)

// isAssigned judges what a password's name is followed by, in SQL, shell, YAML,
// JSON or prose, and leaves the value alone of it.
func isAssigned(c *candidate) bool {
	m := assignment.FindStringSubmatchIndex(c.secret())
	if m == nil {
		return false
	}
	part := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return c.s[c.start+m[2*i] : c.start+m[2*i+1]]
	}
	before, operator, behind := part(1), part(2), part(3)
	value, quoted := 0, true
	for value = 4; value < 7 && m[2*value] < 0; value++ {
	}
	if value == 7 {
		quoted = false
	}
	base := c.start
	c.start, c.end = base+m[2*value], base+m[2*value+1]
	secret := c.secret()
	if isPlaceholder(secret) {
		return false
	}
	if quoted {
		return operator != "" || before+behind != "" && !strings.ContainsAny(secret, " \t")
	}
	if operator == "" && before != "" && strings.HasPrefix(c.s[c.named():c.match], "--") {
		operator = "--" // a flag and its value
	}
	return isAssignedBare(c, operator, before+behind != "")
}

// isAssignedBare judges a value without quotes: it may be the name of a column,
// a type, or a word of prose.
func isAssignedBare(c *candidate, operator string, blanks bool) bool {
	c.end -= len(c.secret()) - len(strings.TrimRight(c.secret(), ".!`"))
	secret := c.secret()
	switch {
	case operator == "", len(secret) < 4, operator == "--" && secret[0] == '-', dotted.MatchString(secret), folderText.MatchString(secret), isPlaceholder(secret):
		return false
	case c.end < len(c.s) && (c.s[c.end] == '(' || c.s[c.end] == '['):
		return false
	case onlyWord.MatchString(secret):
		return operator == "=" && !blanks
	}
	return true
}
