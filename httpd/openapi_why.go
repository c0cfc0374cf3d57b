package httpd

import "github.com/daybook-audit/daybook"

func whyCall() call {
	depth := object{"type": "integer", "minimum": 0, "maximum": daybook.MaxDepth, "default": daybook.DefaultDepth}
	return call{
		path: "/v1/why", id: "getWhy", tag: "questions",
		says: "For the node and what it comes from, table by table: the artifact, the operation and its SQL, the session and agent, the conversation " +
			"with its thinking, decisions and reviews, actions and calls, rows, cost and verdicts; and of each entry whether it is proven.",
		parameters: []any{
			inQuery("node", "schema.name or schema.name.column.", aString, needs("silver.commodity_summary")),
			inQuery("depth", "The most edges upstream; 0 for the default.", depth, nil),
			inQuery("as_of", "As the ledger told it then, as since is written; now where it is left out.", aString, nil),
			limitOf(daybook.MaxWhyList, daybook.DefaultWhyList), component("parameters", "RequestId"),
		},
		answers: answerJSON("The story of the node.", schema("Why")), refusals: badLookup,
	}
}

func evidences(description string) object { return arrayOf(schema("Evidence"), description) }

func names(description string) object { return arrayOf(object{"type": "string"}, description) }

func dollars(description string) object { return object{"type": "number", "description": description} }

var moreSchema = names("The lists that hold more than is shown.")

func whySchema() object {
	return of("How a node came to hold what it holds. Each entry stands in it once. Lists are newest first, but for thinking, which is in its order.", object{
		"node": text("The node, as it was found."), "hops": arrayOf(hopSchema(), "The tables, the nearest first."),
		"sessions":      arrayOf(whySessionSchema(), "The sessions that made them, and those that these go on from."),
		"conversations": arrayOf(whyConversationSchema(), "The conversations that led to the sessions."),
		"totals":        totalsSchema(),
		"checkpoint": of("What the entries were held against; of size 0 where there was none.", object{
			"origin": text("Of the ledger."), "size": count("Entries under it."), "root": text("Of the tree, in hexadecimal digits."),
		}, nil),
		"gaps": names("What the ledger does not say, or this answer leaves out: a sentence each."),
	}, object{"as_of": moment("The time that was asked about.")})
}

func hopSchema() object {
	return of("One table of the story.", object{
		"table": text("Its name."), "depth": count("Edges from the node."), "columns": names("Those of it that the walk met."),
		"edges": arrayOf(whyEdgeSchema(), "Those that lead into it."), "artifacts": evidences("That are current of it."),
		"operations": evidences("Of its session, that wrote it."), "ingest_runs": evidences("That brought data into it."), "validations": evidences("On its newest version."),
	}, object{
		"session_id": text("The session that wrote it last and ended well."), "other_sessions": names("Those that wrote what that one did not, and that still holds."), "rows_in": count("Into its operations."), "rows_out": count("Out of them."), "more": moreSchema,
	})
}

func whyEdgeSchema() object {
	s := graphSchema()["properties"].(object)["edges"].(object)["items"].(object)
	s["description"] = "One flow of data into the table."
	properties := s["properties"].(object)
	properties["since"] = moment("When it took effect.")
	properties["seen_by"] = text("Which of the table's sessions said so last; absent where none of them did.")
	properties["evidence"] = schema("Evidence")
	s["required"] = append(s["required"].([]string), "since", "evidence")
	return s
}

func whySessionSchema() object {
	return of("A session of the story, and what was done in it.", object{
		"session": schema("Evidence"), "tables": names("Those that it made; none where another goes on from it."),
		"actions": evidences("Within it."), "mcp_calls": evidences("Within it."), "cost_usd": dollars("Of these."),
	}, object{"conversation_id": text("The conversation that led to it."), "more": moreSchema})
}

func whyConversationSchema() object {
	return of("A conversation that led to a session, and what was said, decided and done in it.", object{
		"conversation_id": text("Names it."), "thinking": evidences("In the order of its steps."), "decisions": evidences("With options and review."),
		"actions": evidences("Those of no session of the story."), "mcp_calls": evidences("Those of no session of the story."),
		"escalations": evidences("That came from it."), "cost_usd": dollars("Its own, and of these actions and calls."),
	}, object{"conversation": schema("Evidence"), "more": moreSchema})
}

func totalsSchema() object {
	return of("The story added up, each entry once.", object{
		"cost_usd": dollars("Of conversations, actions and calls."), "tokens": count("Of the conversations."),
		"rows_in": count("Over all tables."), "rows_out": count("Over all tables."), "sessions": count("In the story."), "conversations": count("That are there."),
		"agents": names("Everybody that an entry names as its agent."), "decisions": count("In the conversations."), "approved": count("Those a human let stand."),
		"overridden": count("Those a human replaced."), "awaiting": count("Those that want a human, and have none yet."), "reviewers": names("The humans."),
		"entries": count("In the story."), "verified": count("Of them."),
		"unreadable": count("Questions left open, because a row of the store is no entry any more."),
	}, nil)
}

func evidenceSchema() object {
	return of("An entry that the story rests on, and how far it is proven.", object{
		"kind": text("Its kind."), "id": text("Its subject's id."), "log_id": uuidOf("Names the entry."), "seq": count("Its place in the ledger."),
		"at": moment("When it happened: the kind's own time."), "logged_at": moment("When the ledger wrote it."),
		"log_hash": hash("SHA-256 of its canonical form."), "summary": text("A line for people."),
		"verified": truth("It gives its log_hash, and is at its place in the tree under the checkpoint."),
		"standing": object{
			"type": "string", "description": "How far it is proven: unsigned is newer than the checkpoint, unproven has none to be held against.",
			"enum": []daybook.Standing{daybook.StandingVerified, daybook.StandingUnsigned, daybook.StandingUnproven, daybook.StandingDamaged},
		},
		"entry": schema("Entry"),
	}, object{
		"agent": text("Who, as the kind names one."), "fault": text("Why it is not verified."), "first_occurrence": schema("Evidence"),
	})
}
