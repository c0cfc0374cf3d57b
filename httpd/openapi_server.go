package httpd

import (
	"net/http"
	"slices"

	"github.com/daybook-audit/daybook"
)

func checkpointCall(path, id, says string) func() call {
	return func() call {
		return call{
			path: path, id: id, tag: "proofs", says: says, parameters: []any{component("parameters", "RequestId")},
			answers:  map[int]object{http.StatusOK: answer("The checkpoint, a C2SP signed note.", "text/plain", object{"type": "string"})},
			refusals: badLookup,
		}
	}
}

func inclusionCall() call {
	return call{
		path: "/v1/proof/inclusion", id: "proveInclusion", tag: "proofs",
		parameters: []any{
			inQuery("log_id", "The log_id of a receipt.", object{"type": "string", "format": "uuid"}, needs("01a201a0-df1a-7a37-854e-3917595aaf26")),
			component("parameters", "RequestId"),
		},
		answers: answerJSON("The proof.", schema("InclusionProof")), refusals: badLookup,
	}
}

func consistencyCall() call {
	size := object{"type": "integer", "format": "int64", "minimum": 1}
	return call{
		path: "/v1/proof/consistency", id: "proveConsistency", tag: "proofs",
		parameters: []any{
			inQuery("from", "The older size.", size, needs(1)), inQuery("to", "The newer size.", size, needs(2)), component("parameters", "RequestId"),
		},
		answers: answerJSON("The proof.", schema("ConsistencyProof")), refusals: badQuery,
	}
}

// tilePathOf is the rest of a tile's path, slashes and all.
func tilePathOf(example string) object {
	p := inPath("path", "The tile's index and, of a partial one, its width: x001/x234/067 or 000.p/17. Its slashes are sent as they are.", aString, example)
	p["x-multi-segment"] = true
	return p
}

func tileAnswer(description string) map[int]object {
	bytes := answer(description, "application/octet-stream", object{"type": "string", "format": "binary"})
	bytes["headers"] = object{"Cache-Control": component("headers", "CacheControl")}
	return map[int]object{http.StatusOK: bytes}
}

func tileCall() call {
	return call{
		path: "/tile/{level}/{path}", id: "getTile", tag: "proofs", says: "A tile of C2SP tlog-tiles.",
		parameters: []any{
			inPath("level", "The level of the tile.", object{"type": "integer", "minimum": 0, "maximum": 63}, 0), tilePathOf("000.p/1"),
			component("parameters", "RequestId"),
		},
		answers: tileAnswer("Its hashes, 32 bytes each."), refusals: badLookup,
	}
}

func bundleCall() call {
	return call{
		path: "/tile/entries/{path}", id: "getEntryBundle", tag: "proofs",
		says:       "An entry bundle of C2SP tlog-tiles. It names entries of every business, so tokens bound to one may not.",
		parameters: []any{tilePathOf("000.p/1"), component("parameters", "RequestId")},
		answers:    tileAnswer("The leaves, each after its length in two bytes."), refusals: badLookup,
	}
}

const forKeepers = "For admins that are bound to no business."

func createTokenCall() call {
	return call{
		path: "/v1/tokens", id: "createToken", tag: "server",
		says:       forKeepers + " The first token shuts a server that was open, so it must be an admin's.",
		parameters: []any{component("parameters", "ContentEncoding"), component("parameters", "RequestId")},
		body: object{"required": true, "content": object{"application/json": object{
			"schema": schema("TokenRequest"), "example": object{"name": "ops", "role": daybook.RoleAdmin, "expires": "30d"},
		}}},
		answers:  map[int]object{http.StatusCreated: answer("The token and its text.", "application/json", schema("NewToken"))},
		refusals: badWrite,
	}
}

func listTokensCall() call {
	tokens := of("All tokens.", object{"tokens": arrayOf(schema("Token"), "The first made first.")}, nil)
	return call{
		path: "/v1/tokens", id: "listTokens", tag: "server", says: forKeepers, parameters: []any{component("parameters", "RequestId")},
		answers: answerJSON("All tokens, without their text.", tokens), refusals: badLookup,
	}
}

func revokeTokenCall() call {
	return call{
		path: "/v1/tokens/{id}/revoke", id: "revokeToken", tag: "server", says: forKeepers + " The body is empty.",
		parameters: []any{inPath("id", "The token's name or id.", aString, "ops"), component("parameters", "RequestId")},
		answers:    answerJSON("The token, revoked.", schema("Token")), refusals: badLookup,
	}
}

// document is the answer of a call that gives a document of the program's own.
func document(description, media string, s object) map[int]object {
	known := answer(description, media, s)
	cached := object{"ETag": component("headers", "ETag"), "Cache-Control": component("headers", "CacheControl")}
	known["headers"] = cached
	return map[int]object{
		http.StatusOK:          known,
		http.StatusNotModified: {"description": "The document is still that of If-None-Match.", "headers": object{"ETag": cached["ETag"]}},
	}
}

var documentParameters = []any{component("parameters", "IfNoneMatch"), component("parameters", "RequestId")}

func openAPICall() call {
	return call{
		path: "/openapi.json", id: "getOpenAPI", tag: "server", parameters: documentParameters,
		answers:  document("This document.", "application/json", object{"type": "object", "required": []string{"openapi", "info", "paths"}}),
		refusals: badQuery,
	}
}

var aSchema = object{"type": "object", "required": []string{"$schema", "$id"}, "description": "A JSON Schema, draft 2020-12."}

func schemasCall() call {
	return call{
		path: "/schemas", id: "getSchemas", tag: "server", says: "The JSON Schema of a record of any kind, with those of all kinds in its $defs.",
		parameters: documentParameters, answers: document("The schema.", schemaMedia, aSchema), refusals: badQuery,
	}
}

func schemaCall() call {
	return call{
		path: "/schemas/{kind}", id: "getSchema", tag: "server", says: "The JSON Schema of a record of a kind.",
		parameters: append([]any{kindInPath()}, documentParameters...), answers: document("The schema.", schemaMedia, aSchema),
		refusals: append(slices.Clone(badQuery), http.StatusNotFound),
	}
}

func schemaFormCall() call {
	c := schemaCall()
	c.path, c.id = "/schemas/{kind}/{form}", "getSchemaOfForm"
	c.says = "The JSON Schema of a kind: of a record, of an amendment, or of an entry as it is read back."
	forms := []daybook.SchemaForm{daybook.SchemaRecord, daybook.SchemaAmendment, daybook.SchemaEntry}
	form := inPath("form", "Of what.", object{"type": "string", "enum": forms}, daybook.SchemaEntry)
	c.parameters = append([]any{kindInPath(), form}, documentParameters...)
	return c
}

func kindInPath() object {
	names := []string{}
	for _, k := range daybook.Kinds() {
		names = append(names, k.Name)
	}
	return inPath("kind", "The kind.", object{"type": "string", "enum": names}, "conversations")
}

func healthCall() call {
	status := of("How the server is.", object{"status": object{"const": "ok", "description": "It lives."}}, nil)
	return call{
		path: "/healthz", id: "getHealth", tag: "server", parameters: []any{component("parameters", "RequestId")},
		answers: answerJSON("It lives.", status),
	}
}

func readyCall() call {
	status := of("How the server is.", object{"status": object{"const": "ready", "description": "Writes can be taken."}}, object{
		"queue_full_seconds": object{"type": "number", "minimum": 0, "description": "How long the queue of writes has been full; absent unless that is long."},
	})
	return call{
		path: "/readyz", id: "getReadiness", tag: "server", parameters: []any{component("parameters", "RequestId")},
		answers: answerJSON("Writes can be taken.", status), refusals: []int{http.StatusServiceUnavailable},
	}
}

func metricsCall() call {
	return call{
		path: "/metrics", id: "getMetrics", tag: "server", parameters: []any{component("parameters", "RequestId")},
		answers: map[int]object{http.StatusOK: answer("The metrics, as Prometheus reads them.", "text/plain", object{"type": "string"})},
	}
}

func indexCall() call {
	return call{
		path: "/", id: "getIndex", tag: "server", parameters: []any{component("parameters", "RequestId")},
		answers: answerJSON("The calls.", schema("Index")),
	}
}
