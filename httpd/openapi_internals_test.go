package httpd

// Undescribed says which routes have no description for OpenAPI, and which
// descriptions are of no route.
func Undescribed() []string {
	var found []string
	routed := map[string]bool{}
	for _, r := range routes() {
		name := r.Method + " " + r.Pattern
		routed[name] = true
		if descriptions[name] == nil {
			found = append(found, name+" has no description: add it to descriptions in openapi_calls.go")
		}
	}
	for name := range descriptions {
		if !routed[name] {
			found = append(found, name+" is described, and is no route")
		}
	}
	return found
}
