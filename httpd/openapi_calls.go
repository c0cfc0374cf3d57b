package httpd

import (
	"net/http"
	"slices"

	"github.com/daybook-audit/daybook"
)

// descriptions has every route of the table of routes, and no other.
var descriptions = map[string]func(route) []call{
	"POST /v1/entries":              only(postEntriesCall),
	"GET /v1/entries":               only(exportCall),
	"POST /v1/{kind}":               eachKind(postKindCall),
	"GET /v1/{kind}":                eachKind(listCall),
	"GET /v1/{kind}/{id}":           eachKind(getCall),
	"GET /v1/{kind}/{id}/revisions": eachKind(revisionsCall),
	"POST /v1/{kind}/{id}/amend":    eachAmendable(amendCall),
	"POST /v1/{kind}/{id}/{verb}":   eachVerb,
	"GET /v1/history":               only(historyCall),
	"GET /v1/agents/{id}/activity":  only(activityCall),
	"GET /v1/lineage":               only(lineageCall),
	"GET /v1/why":                   only(whyCall),
	"GET /v1/cost":                  only(costCall),
	"POST /v1/query":                only(queryCall),
	"GET /v1/checkpoint":            only(checkpointCall("/v1/checkpoint", "getCheckpoint", "")),
	"GET /v1/proof/inclusion":       only(inclusionCall),
	"GET /v1/proof/consistency":     only(consistencyCall),
	"GET /checkpoint":               only(checkpointCall("/checkpoint", "getTileCheckpoint", "The same as /v1/checkpoint, in the layout of C2SP tlog-tiles.")),
	"GET /tile/{level}/{path...}":   only(tileCall),
	"GET /tile/entries/{path...}":   only(bundleCall),
	"POST /v1/tokens":               only(createTokenCall),
	"GET /v1/tokens":                only(listTokensCall),
	"POST /v1/tokens/{id}/revoke":   only(revokeTokenCall),
	"GET /openapi.json":             only(openAPICall),
	"GET /schemas":                  only(schemasCall),
	"GET /schemas/{kind}":           only(schemaCall),
	"GET /schemas/{kind}/{form}":    only(schemaFormCall),
	"GET /healthz":                  only(healthCall),
	"GET /readyz":                   only(readyCall),
	"GET /metrics":                  only(metricsCall),
	"GET /{$}":                      only(indexCall),
}

func only(describe func() call) func(route) []call {
	return func(route) []call { return []call{describe()} }
}

// What may go wrong, besides what may with every call.
var (
	badQuery  = []int{http.StatusBadRequest, http.StatusUnprocessableEntity}
	badLookup = append(slices.Clone(badQuery), http.StatusNotFound)
	badBody   = append(slices.Clone(badQuery), http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	badRecord = append(slices.Clone(badBody), http.StatusConflict)
	badWrite  = append(slices.Clone(badRecord), http.StatusNotFound)
)

// answer is one with a body of one media type.
func answer(description, media string, s object) object {
	return object{"description": description, "content": object{media: object{"schema": s}}}
}

func answerJSON(description string, s object) map[int]object {
	return map[int]object{http.StatusOK: answer(description, "application/json", s)}
}

func inQuery(name, description string, s, more object) object {
	p := object{"name": name, "in": "query", "description": description, "schema": s}
	for k, v := range more {
		p[k] = v
	}
	return p
}

func inPath(name, description string, s object, example any) object {
	return object{"name": name, "in": "path", "required": true, "description": description, "schema": s, "example": example}
}

func needs(example any) object { return object{"required": true, "example": example} }

var (
	aString = object{"type": "string", "minLength": 1}
	aNumber = object{"type": "integer", "format": "int64", "minimum": 0}
)

func since(what, example string) object {
	return inQuery("since", what+" A time of RFC 3339, a date (its midnight in UTC), or how long ago (30m, 12h, 7d, 2w).", aString, object{"example": example})
}

func limitOf(most, standard int) object {
	s := object{"type": "integer", "minimum": 0, "maximum": most}
	if standard > 0 {
		s["default"] = standard
	}
	return inQuery("limit", "The most to give.", s, nil)
}

var writeParameters = []any{
	component("parameters", "IdempotencyKey"), component("parameters", "ContentEncoding"), component("parameters", "RequestId"),
}

var onInvalid = inQuery("on_invalid", "skip stores what is valid and gives the rest back with reasons; fail stores all or nothing.",
	object{"type": "string", "enum": []string{"fail", "skip"}, "default": "fail"}, nil)

// recordBody is a body of records: one, an array, or one a line.
func recordBody(record object, one, many any, lines string) object {
	content := object{"application/json": object{
		"schema":   object{"oneOf": []any{record, object{"type": "array", "items": record, "minItems": 1}}},
		"examples": object{"one": object{"value": one}, "many": object{"value": many}},
	}}
	for i, media := range recordTypes[1:] {
		of := object{"schema": object{"type": "string", "description": "One record a line."}, "x-item-schema": record}
		if i == 0 {
			of["example"] = lines // the others are other names of the same
		}
		content[media] = of
	}
	return object{
		"required": true, "content": content,
		"description": "One record, an array of them, or one a line; lines are also taken as application/json, and a body without a Content-Type is taken for that.",
	}
}

func written(description string) map[int]object {
	return map[int]object{http.StatusCreated: answer(description, "application/json", schema("Written"))}
}

func postEntriesCall() call {
	one := object{"kind": "action_logs", "agent_position": "CFO", "action_type": "mcp_call"}
	many := []any{one, object{"kind": "conversations", "agent_position": "CEO", "input_tokens": 12}}
	return call{
		path: "/v1/entries", id: "writeRecords", tag: "entries",
		says: "All are written or none; the receipts come once everything is durable. Writing a log_id twice writes once and gives its first receipt, " +
			"with duplicate true; with another content it is a 409.",
		parameters: append([]any{onInvalid}, writeParameters...),
		body: recordBody(schema("Record"), one, many,
			"{\"kind\": \"action_logs\", \"agent_position\": \"CFO\"}\n{\"kind\": \"conversations\", \"agent_position\": \"CEO\"}\n"),
		answers: written("The receipts, in the order of the records."), refusals: badWrite,
	}
}

func exportCall() call {
	lines := answer("The entries, one a line. A stream that ended properly is whole; what goes wrong on the way cuts the connection.",
		"application/x-ndjson", object{"type": "string"})
	lines["content"].(object)["application/x-ndjson"].(object)["x-item-schema"] = schema("Entry")
	names := []string{}
	for _, k := range daybook.Kinds() {
		names = append(names, k.Name)
	}
	return call{
		path: "/v1/entries", id: "exportEntries", tag: "entries", says: "All revisions, in ledger order.",
		parameters: []any{
			inQuery("kind", "Only this kind.", object{"type": "string", "enum": names}, nil), since("Logged at or after.", "2026-01-01"),
			inQuery("from", "The first seq.", aNumber, nil), inQuery("limit", "The most to give; 0 for all.", aNumber, nil),
			component("parameters", "RequestId"),
		},
		answers: map[int]object{http.StatusOK: lines}, refusals: badQuery,
	}
}

var behind = inQuery("cursor", "The next of the answer before, to go on behind its last event.", aString, nil)

func events(about, description string) object {
	return of(description, object{
		about:    text("What was asked about."),
		"events": arrayOf(schema("Event"), "The newest first."),
		"next":   text("The cursor of the events behind these; empty on the last."),
	}, nil)
}

// linked says that an answer leads to the page behind it.
func linked(answers map[int]object) map[int]object {
	answers[http.StatusOK]["headers"] = object{"Link": component("headers", "Link")}
	return answers
}

func historyCall() call {
	return call{
		path: "/v1/history", id: "getHistory", tag: "questions",
		says: "Sessions, operations, artifacts, edges, data collections and verdicts. Each amendment is an event of its own, with its changes; edges of columns that say the same of the same two tables at the same time are one.",
		parameters: []any{
			inQuery("table", "The table, as it stands in source_tables, output_table and so on, in any case.", aString, needs("silver.commodity_summary")),
			since("What happened from then on.", "2026-01-01"), limitOf(mostEvents, usualEvents), behind, component("parameters", "RequestId"),
		},
		answers: linked(answerJSON("What happened, the newest first.", events("table", "What happened to a table."))), refusals: badQuery,
	}
}

func activityCall() call {
	return call{
		path: "/v1/agents/{id}/activity", id: "getActivity", tag: "questions",
		says: "An agent is whatever a kind names as one: agent_id, agent_position, source_agent.",
		parameters: []any{
			inPath("id", "The agent.", aString, "wasde_transformer"), since("What it did from then on.", "2026-01-01"), limitOf(mostEvents, usualEvents), behind,
			component("parameters", "RequestId"),
		},
		answers: linked(answerJSON("What it did, the newest first.", events("agent", "What an agent did."))), refusals: badQuery,
	}
}

func queryCall() call {
	const sql = "SELECT agent_position, sum(cost_usd) AS cost FROM audit.conversations GROUP BY 1"
	plain := object{"schema": object{"type": "string", "pattern": `\S`, "description": "The SELECT itself."}, "example": sql}
	table := answer("The rows, as JSON, or as CSV to those who accept text/csv.", "application/json", schema("Table"))
	table["content"].(object)["text/csv"] = object{"schema": object{"type": "string", "description": "A line of names and a line a row."}}
	table["headers"] = object{"Daybook-Truncated": component("headers", "Truncated")}
	return call{
		path: "/v1/query", id: "runQuery", tag: "questions", says: "Reads every business, so tokens bound to one may not.",
		parameters: []any{component("parameters", "ContentEncoding"), component("parameters", "RequestId")},
		body: object{"required": true, "content": object{
			"application/json": object{"schema": schema("Query"), "example": object{"sql": sql, "max_rows": 100}},
			"text/plain":       plain, "application/sql": plain,
		}},
		answers: map[int]object{http.StatusOK: table}, refusals: badBody,
	}
}
