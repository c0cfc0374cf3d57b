package httpd

import (
	"net/http"

	"github.com/daybook-audit/daybook"
)

// components gives what calls share: the kinds' schemas, those of answers,
// problems, headers, parameters and the one way to say who calls.
func components() object {
	return object{
		"schemas":    schemas(),
		"responses":  problems(),
		"headers":    headers(),
		"parameters": sharedParameters(),
		"securitySchemes": object{"bearer": object{
			"type": "http", "scheme": "bearer",
			"description": "A token of Daybook. x-roles of a call says which roles may make it. A token that is bound to one business sees and writes that one alone. " +
				"A server without tokens, which listens on the loopback alone, takes every caller for its admin.",
		}},
	}
}

// problemsOf says what a problem of each status means.
var problemsOf = map[int]string{
	http.StatusBadRequest:            "It is not what it should be: no JSON, no gzip, no record at all, or a query that cannot be read.",
	http.StatusUnauthorized:          "The server does not know who calls.",
	http.StatusForbidden:             "The caller's role or business may not, the host is not one of the server's, or the request comes from a foreign web page.",
	http.StatusNotFound:              "There is none.",
	http.StatusRequestTimeout:        "The body did not arrive in time. Nothing of it was recorded.",
	http.StatusConflict:              "What stands in the ledger says otherwise.",
	http.StatusRequestEntityTooLarge: "Over a limit of the server: of bytes, or of records.",
	http.StatusUnsupportedMediaType:  "The Content-Type or the Content-Encoding is not taken.",
	http.StatusUnprocessableEntity:   "Understood, but not allowed. The path says what.",
	http.StatusTooManyRequests:       "Too often. Try again after Retry-After seconds.",
	http.StatusInternalServerError:   "A fault of ours, or the store does not hold what it held. The server's log says more under the instance.",
	http.StatusServiceUnavailable:    "Not now. Try again after Retry-After seconds.",
}

func problems() object {
	all := object{}
	for status, means := range problemsOf {
		headers := object{"X-Request-Id": component("headers", "RequestId")}
		switch status {
		case http.StatusServiceUnavailable, http.StatusTooManyRequests:
			headers["Retry-After"] = component("headers", "RetryAfter")
		case http.StatusUnauthorized:
			headers["WWW-Authenticate"] = component("headers", "Authenticate")
		}
		all[problemName(status)] = object{
			"description": means, "headers": headers,
			"content": object{"application/problem+json": object{"schema": schema("Problem")}},
		}
	}
	return all
}

func headers() object {
	text := func(description string) object {
		return object{"description": description, "required": true, "schema": object{"type": "string"}}
	}
	link := text("Leads to the next page; absent on the last.")
	link["required"] = false
	return object{
		"RequestId":    text("Names the request in the server's log; the caller's own X-Request-Id if that was a plain one."),
		"RetryAfter":   object{"description": "Seconds to wait.", "required": true, "schema": object{"type": "integer", "minimum": 0}},
		"Authenticate": text("Bearer."),
		"Link":         link,
		"ETag":         text("Names the version of the document, for If-None-Match."),
		"CacheControl": text("How long a cache may keep the answer."),
		"Truncated":    object{"description": "With CSV: whether there were more rows.", "schema": object{"type": "string", "enum": []string{"true", "false"}}},
	}
}

func sharedParameters() object {
	return object{
		"RequestId": object{
			"name": "X-Request-Id", "in": "header", "schema": object{"type": "string"},
			"description": "Names the request in the server's log, and in the answer. Letters, digits, dots, hyphens and underscores, up to 64; others are replaced.",
		},
		"IdempotencyKey": object{
			"name": "Idempotency-Key", "in": "header", "schema": object{"type": "string", "minLength": 1, "maxLength": longestKey},
			"description": "Gives records without a log_id one that follows from principal, business, key and index, so that the same call again writes nothing.",
		},
		"ContentEncoding": object{
			"name": "Content-Encoding", "in": "header", "schema": object{"type": "string", "enum": []string{"gzip", "x-gzip", "identity"}},
			"description": "How the body is compressed.",
		},
		"IfNoneMatch": object{
			"name": "If-None-Match", "in": "header", "schema": object{"type": "string"}, "description": "An ETag; where it still is the document's, the answer is 304.",
		},
	}
}

// schemas gives those of the kinds, and those of answers.
func schemas() object {
	all := answerSchemas()
	records := []any{}
	for _, k := range daybook.Kinds() {
		for _, form := range k.SchemaForms() {
			s, err := k.Schema(form)
			if err != nil {
				panic(err) // the kind says that it has the form
			}
			// These two stand for the document's own, and of alternatives that have
			// no type generators make anything at all.
			for _, keyword := range []string{"$id", "$schema", "anyOf"} {
				delete(s, keyword)
			}
			all[schemaName(k, form)] = s
			if form != daybook.SchemaEntry {
				records = append(records, object{"$ref": "#/components/schemas/" + schemaName(k, form), "required": []string{"kind"}})
			}
		}
		if k.Amendable() {
			all[k.Name+"_fields"] = fieldsOf(k)
		}
	}
	entries := []any{}
	for _, k := range daybook.Kinds() {
		entries = append(entries, schema(schemaName(k, daybook.SchemaEntry)))
	}
	all["Entry"] = object{"description": "An entry of any kind, as it is read back.", "oneOf": entries}
	all["Record"] = object{"description": "A record of any kind, which names its kind; an amendment says that it is one.", "oneOf": records}
	return all
}

// schemaName names the component of a form of a kind.
func schemaName(k *daybook.Kind, form daybook.SchemaForm) string {
	if form == daybook.SchemaRecord {
		return k.Name
	}
	return k.Name + "_" + string(form)
}

// fieldsOf is an amendment whose subject the path names: all of its members
// may be left out.
func fieldsOf(k *daybook.Kind) object {
	s, err := k.Schema(daybook.SchemaAmendment)
	if err != nil {
		panic(err)
	}
	for _, keyword := range []string{"$id", "$schema", "required", "anyOf", "examples"} {
		delete(s, keyword)
	}
	s["title"] = "fields of " + k.Name
	s["description"] = "The lifecycle fields of one of " + k.Name + ", whose id stands in the path. Whether a field may be filled depends on what it holds."
	return s
}

// exampleFields is the example of an amendment without what the path says.
func exampleFields(k *daybook.Kind) object {
	example := k.Example(daybook.SchemaAmendment)
	for _, name := range []string{"kind", "amend", k.Subject().Name} {
		delete(example, name)
	}
	return example
}
