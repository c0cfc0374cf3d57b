package mcp

// Operation describes [Server.Handle] as an operation of OpenAPI 3.1, with a nil
// in the place of what every call's problems are.
func Operation() map[string]any {
	message := func(description string) schema {
		return schema{
			"type": "object", "description": description, "required": []string{"jsonrpc"}, "additionalProperties": true,
			"properties": schema{"jsonrpc": schema{"const": "2.0"}},
		}
	}
	name := func(name, description string) schema {
		return schema{"name": name, "in": "query", "description": description, "schema": schema{"type": "string", "maxLength": 1024}}
	}
	media := func(of schema) schema { return schema{"application/json": schema{"schema": of}} }
	failure := message("A JSON-RPC error.")
	problem := schema{"schema": schema{"$ref": "#/components/schemas/Problem"}}
	return map[string]any{
		"operationId": "callMCP",
		"description": "The Model Context Protocol over streamable HTTP, without sessions: each request is one JSON-RPC message, and is answered in JSON. " +
			"tools/list shows the tools that the caller's role may call: those that record to a writer, those that ask to a reader, a reviewer and an auditor.",
		"parameters": []any{
			name("agent", "Who the agent is, where a call of a tool does not say."),
			name("business", "The business that records are of."),
			name("conversation", "The conversation that records are of, where a call of a tool does not say."),
			schema{"$ref": "#/components/parameters/ContentEncoding"},
			schema{"$ref": "#/components/parameters/RequestId"},
		},
		"requestBody": schema{
			"required": true, "description": "One message.",
			"content": schema{"application/json": schema{
				"schema": message("A request or a notification of JSON-RPC 2.0."),
				"examples": schema{
					"list":         schema{"value": schema{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": schema{}}},
					"notification": schema{"value": schema{"jsonrpc": "2.0", "method": "notifications/initialized"}},
				},
			}},
		},
		"responses": map[string]any{
			"200": schema{"description": "The answer, also where a tool refused: then its result has isError.", "content": media(message("A response of JSON-RPC 2.0."))},
			"202": schema{"description": "A notification was taken."},
			"400": schema{
				"description": "It is no message of the protocol, or one that is not allowed.",
				"content":     schema{"application/json": schema{"schema": failure}, "application/problem+json": problem},
			},
			"404": schema{
				"description": "There is no such method.",
				"content":     schema{"application/json": schema{"schema": failure}, "application/problem+json": problem},
			},
			"408": nil, "413": nil, "415": nil, "422": nil,
		},
	}
}
