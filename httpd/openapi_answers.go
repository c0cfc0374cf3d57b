package httpd

import (
	"slices"

	"github.com/daybook-audit/daybook"
)

// answerSchemas are the schemas of what the server says, kinds aside. Members
// may be added to them in later versions.
func answerSchemas() object {
	return object{
		"Receipt":          receiptSchema(),
		"Written":          writtenSchema(),
		"Problem":          problemSchema(),
		"Event":            eventSchema(),
		"Graph":            graphSchema(),
		"Why":              whySchema(),
		"Cost":             costSchema(),
		"Evidence":         evidenceSchema(),
		"Query":            querySchema(),
		"Table":            tableSchema(),
		"InclusionProof":   inclusionSchema(),
		"ConsistencyProof": consistencySchema(),
		"Index":            indexSchema(),
		"TokenRequest":     tokenRequestSchema(),
		"Token":            tokenSchema(nil),
		"NewToken":         tokenSchema(object{"token": text("The token itself, shown this once.")}),
	}
}

// of is an object schema: the members that are always there, then those that
// may be.
func of(description string, required, optional object) object {
	properties, names := object{}, []string{}
	for name, s := range required {
		properties[name] = s
		names = append(names, name)
	}
	for name, s := range optional {
		properties[name] = s
	}
	return object{"type": "object", "description": description, "properties": properties, "required": slices.Sorted(slices.Values(names))}
}

func text(description string) object { return object{"type": "string", "description": description} }

func count(description string) object {
	return object{"type": "integer", "format": "int64", "minimum": 0, "description": description}
}

func truth(description string) object { return object{"type": "boolean", "description": description} }

func moment(description string) object {
	return object{"type": "string", "format": "date-time", "description": description}
}

func uuidOf(description string) object {
	return object{"type": "string", "format": "uuid", "description": description}
}

func hash(description string) object {
	return object{"type": "string", "pattern": "^[0-9a-f]{64}$", "description": description}
}

func arrayOf(items object, description string) object {
	return object{"type": "array", "items": items, "description": description}
}

func receiptSchema() object {
	return of("What the writer of a record gets back, once it is durable.", object{
		"kind": text("The kind of the record."), "id": text("The subject's id."), "log_id": uuidOf("Names the entry."),
		"seq": count("The entry's place in the ledger."), "log_hash": hash("SHA-256 of the entry's canonical form."),
		"logged_at": moment("When the ledger wrote the entry."),
		"revision":  object{"type": "integer", "format": "int64", "minimum": 1, "description": "1 for the first entry of a subject, one more for each amendment."},
		"duplicate": truth("It stood there already; nothing was added."),
	}, nil)
}

func writtenSchema() object {
	rejected := of("A record that was not taken.", object{
		"index": count("Its place in the body."), "problem": schema("Problem"),
	}, nil)
	return of("The receipts, in the order of the records.", object{
		"receipts": arrayOf(schema("Receipt"), "One for each record that stands in the ledger now."),
	}, object{"rejected": arrayOf(rejected, "With on_invalid=skip: the others, and why. A path begins inside the record; unavailable means to send it again.")})
}

func problemSchema() object {
	codes := []string{
		string(daybook.CodeMalformed), string(daybook.CodeUnauthorized), string(daybook.CodeForbidden), string(daybook.CodeNotFound),
		"method_not_allowed", "request_timeout", string(daybook.CodeConflict), string(daybook.CodeTooLarge), "unsupported_media_type",
		string(daybook.CodeInvalid), string(daybook.CodeTooMany), string(daybook.CodeInternal), string(daybook.CodeDamaged), string(daybook.CodeUnavailable),
	}
	return of("An error (RFC 9457): what is wrong, where, and what to do next.", object{
		"type": text("about:blank."), "title": text("The status in words."),
		"status": object{"type": "integer", "minimum": 400, "maximum": 599, "description": "The status of the answer."},
		"detail": text("What is wrong."), "code": object{"type": "string", "enum": codes, "description": "What sort of error it is."},
	}, object{
		"path":     text("Where: a pointer (RFC 6901) into the body, beginning with the record's index unless the body is a single object; /name of a parameter."),
		"hint":     text("What to do next."),
		"instance": text("Names the request in the server's log."),
	})
}

func eventSchema() object {
	change := of("What it is, and what it was if it was anything.", object{"to": object{}}, object{"from": object{}})
	s := of("One thing that happened: an entry, told as an event. It also has every member of the entry, and agent_id, purpose and started_at of the entry's session.", object{
		"at": moment("When: the kind's own time, or of an amendment when it says that something ended, and else when it was logged."), "agent": text("Who."), "type": text("What sort of thing."), "summary": text("A line for people."),
		"kind": text("The kind of the entry."), "id": object{"type": []string{"string", "integer"}, "description": "The subject's id."},
		"seq": count("The entry's place in the ledger."), "log_hash": hash("SHA-256 of the entry's canonical form."),
	}, object{
		"session_id": text("The transformation session."), "status": text("The entry's status."),
		"changes":        object{"type": "object", "additionalProperties": change, "description": "Of an amendment in a history: what it changed, by the column."},
		"column_edges":   count("Of edges of columns in a history, which are told together: how many there are. The entry is one of them."),
		"target_columns": arrayOf(aString, "Of edges of columns in a history: the columns that they go to."),
		"first_occurrence": of("Of an operation that repeats another: the one whose text it has.", object{
			"id": count("The other operation; also the seq of its entry."), "at": moment("When that was."), "session_id": text("Its session."),
			"says": arrayOf(aString, "The members of the event that are that one's, and that the entry does not hold."),
		}, nil),
	})
	s["additionalProperties"] = true
	return s
}

func graphSchema() object {
	node := of("A node, and how many edges it is away from the root.", object{
		"node": text("Its name."), "table": text("The table that it is, or is a column of."), "depth": count("Edges from the root."),
	}, object{"column": text("The column that it is; * for all of a table whose columns are not known."), "direction": text("In a walk both ways: upstream, downstream or both.")})
	edge := of("One flow of data.", object{
		"source": text("Where it comes from."), "target": text("Where it goes."), "relationship_type": text("How the target comes from the source."),
		"count":  count("How many recorded edges it stands for; what it says is of the first with the strongest relationship."),
		"origin": text("How the edge is known."), "id": count("The edge's id."), "log_id": uuidOf("Names its entry."), "created_at": moment("When it was seen."),
	}, object{
		"session_id": text("The session in which it was seen."), "transformation_description": text("What happens on the way."),
		"subtype": text("OpenLineage's transformation subtype."), "extractor_version": text("What derived it."),
		"resolution": text("How surely the names were resolved; star where all columns flow, and this is taken for one of them."),
	})
	return of("What a walk found: each node once, at its least depth.", object{
		"root": text("Where the walk began."), "direction": text("Where it went."), "depth": count("How many edges far it would go."),
		"columns": object{"type": "boolean", "description": "Whether it went over columns."}, "nodes": arrayOf(node, "The nearest first."), "edges": arrayOf(edge, "Those between the nodes."),
	}, nil)
}

func querySchema() object {
	s := of("A question in SQL.", object{
		"sql": object{"type": "string", "pattern": `\S`, "description": "One SELECT over the views of the kinds, such as audit.decision_logs."},
	}, object{
		"max_rows":   object{"type": "integer", "minimum": 0, "maximum": daybook.MaxSQLRows, "default": daybook.DefaultSQLRows, "description": "The most rows; 0 for the default."},
		"timeout_ms": object{"type": "integer", "minimum": 0, "maximum": mostSQLTime.Milliseconds(), "default": daybook.DefaultSQLTime.Milliseconds(), "description": "The longest that it may run, in milliseconds; 0 for the default."},
	})
	s["additionalProperties"] = false
	return s
}

func tableSchema() object {
	row := object{"type": "object", "additionalProperties": true, "description": "A value for each column."}
	return of("The answer to a question in SQL.", object{
		"columns": arrayOf(object{"type": "string"}, "The columns' names; of those that are alike the second has _2 behind it."),
		"rows":    arrayOf(row, "The rows."), "truncated": truth("There were more rows."),
	}, nil)
}

func inclusionSchema() object {
	return of("Proves that an entry is under the newest checkpoint.", object{
		"log_id": uuidOf("Names the entry."), "leaf_index": count("Its place in the ledger."), "leaf_hash": hash("Of its leaf."),
		"tree_size": count("Entries under the checkpoint."), "root_hash": hash("Of the tree."), "hashes": arrayOf(hash("Of a node."), "From the leaf up."),
		"checkpoint": text("The checkpoint, a C2SP signed note."), "proof": text("The same as a C2SP tlog-proof."),
	}, nil)
}

func consistencySchema() object {
	return of("Proves that the older ledger is a prefix of the newer one.", object{
		"from": count("The older size."), "to": count("The newer size."), "from_root": hash("Of the older tree."), "to_root": hash("Of the newer tree."),
		"hashes": arrayOf(hash("Of a node."), "The proof."),
	}, nil)
}

func indexSchema() object {
	call := of("A call.", object{"method": text("Its method."), "path": text("Its path, as Go's patterns have it."), "does": text("What it does.")}, nil)
	return of("The calls.", object{"name": text("daybook."), "version": text("Of the program."), "calls": arrayOf(call, "All of them.")}, nil)
}

func roleSchema(description string) object {
	return object{"type": "string", "enum": daybook.Roles(), "description": description}
}

func tokenRequestSchema() object {
	s := of("What a token is to be.", object{
		"name": text("The principal's: what stands on its entries."), "role": roleSchema("What it may do."),
	}, object{
		"business": text("The business it is bound to; all where it is left out."), "agent": text("Of a writer: the one agent it writes as."),
		"expires": text("A time, a date, or in how long (30d); never where it is left out."),
	})
	s["additionalProperties"] = false
	return s
}

// tokenSchema is of a token as it is shown, with more members where it has
// just been made.
func tokenSchema(more object) object {
	required := object{
		"id": text("Names it."), "name": text("The principal's."), "role": roleSchema("What it may do."),
		"state": object{
			"type": "string", "description": "Whether it is good now; forged is a row that was not written with the ledger's key.",
			"enum": []daybook.TokenState{daybook.TokenActive, daybook.TokenExpired, daybook.TokenRevoked, daybook.TokenForged},
		},
		"created_at": moment("When it was made."),
	}
	for name, s := range more {
		required[name] = s
	}
	return of("A token.", required, object{
		"business": text("The business it is bound to."), "agent": text("The agent it writes as."), "expires_at": moment("When it ends by itself."),
		"revoked_at": moment("When it was revoked."), "last_used_at": moment("When it was last used, about."),
	})
}
