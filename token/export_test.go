package token

// WithSecretOf gives the text of a token of an id with the secret of another.
func WithSecretOf(id, text string) (string, error) {
	_, s, err := parse(text)
	return format(id, s), err
}
