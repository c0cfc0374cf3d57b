package redact

import "strings"

// namedRule is the rule of JSON members whose name says that the value is a
// secret, whatever it looks like.
const namedRule = "secret-field"

// secretNames are the ends of such names, without what joins their words.
var secretNames = []string{
	"password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "authorization", "credential", "credentials", "cookie",
	"apikey", "accesskey", "secretkey", "privatekey", "signingkey", "encryptionkey", "masterkey", "accountkey", "authkey",
	"sharedkey", "servicekey", "secretaccesskey", "connectionstring", "secretvalue", "secretstring",
	"dbpass", "userpass", "smtppass", "mysqlpass", "adminpass", "authpass", "becomepass",
}

// openNames are names that end so and hold no secret.
var openNames = []string{
	"pagetoken", "nexttoken", "synctoken", "continuationtoken", "cursortoken", "padtoken", "eostoken", "bostoken", "unktoken", "stoptoken",
	"endtoken", "starttoken", "firsttoken", "lasttoken", "perfirsttoken", "pertoken", "masktoken", "septoken", "clstoken",
	"maxtoken", "mintoken", "inputtoken", "outputtoken", "progresstoken", "idempotencytoken", "designtoken",
}

// tellsSecret says whether a member of that name holds a secret. A mark in the
// name says what was found, and not what stands behind it.
func tellsSecret(name string) bool {
	if len(name) < 3 || len(name) > 128 || strings.Contains(name, markBegin) {
		return false
	}
	var buf [128]byte
	plain := buf[:0]
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'A' && c <= 'Z':
			plain = append(plain, c+'a'-'A')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			plain = append(plain, c)
		}
	}
	s := string(plain)
	return endsWithOne(s, secretNames) && !endsWithOne(s, openNames)
}

// flagIn gives the flag that an element of a list is, as it stands in JSON,
// where its name tells that a secret follows; else "".
func flagIn(raw string) string {
	if len(raw) < 4 || raw[0] != '"' || raw[1] != '-' {
		return ""
	}
	if flag := raw[1 : len(raw)-1]; !strings.ContainsAny(flag, "= \t\\") && tellsSecret(flag) {
		return flag
	}
	return ""
}

func endsWithOne(s string, ends []string) bool {
	for _, end := range ends {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return false
}

// holdsSecret says whether the value of such a member is a secret, and not a
// placeholder, or where to find one.
func holdsSecret(value string) bool {
	return value != "" && !isPlaceholder(value) && !strings.HasPrefix(value, "arn:") && !strings.HasPrefix(value, "projects/")
}

// scheme is how much of an Authorization header's value stands before the
// secret.
func scheme(value string) int {
	if word, _, ok := strings.Cut(value, " "); ok && len(word) <= 16 && onlyWord.MatchString(word) {
		return len(word) + 1
	}
	return 0
}

// tellsPassword says whether a number of that name is a secret.
func tellsPassword(name string) bool {
	return tellsSecret(name) && !strings.HasSuffix(strings.ToLower(name), "token")
}

// tellingWords are in every name that tells, so that JSON without any of these
// or of the rules' keywords need not be gone over.
var tellingWords = []string{"passw", "passphrase", "passcode", "pwd", "secret", "token", "authorization", "credential", "cookie", "key", "connection"}
