package mcp

import (
	"context"
	"fmt"

	"github.com/daybook-audit/daybook"
)

// edge is the recording of a flow of data, whose ends a model gives as one text
// each.
var edge = recording{
	kind: "lineage_edge", id: "edge_id",
	fields: with(fields("relationship_type", "session_id", "transformation_description"), map[string]string{}),
	done: func(_ *call, r *daybook.Receipt) string {
		return fmt.Sprintf("Recorded edge %s. It takes effect when its session is checked in COMPLETED.", r.ID)
	},
}

func lineageTool() tool {
	t := edge.tool("add_lineage", "Record a flow of data",
		"Call this to say that data flows from source to target where no logged SQL says so: a script, a file, a copy by hand. The lineage of SQL given to log_operation is derived without it.")
	t.parameters, t.do = edgeParameters, addLineage
	return t
}

func edgeParameters(a audience) []parameter {
	end := func(name, what string) parameter {
		return parameter{name: name, required: true, schema: schema{
			"type": "string", "description": what + ": schema.name, schema.name.column, or a path or URL.",
		}}
	}
	rest := edge.parameters(a)
	for i := range rest {
		if rest[i].name == sessionID {
			rest[i].required = !a.connected
		}
	}
	return append([]parameter{end("source", "Where the data comes from"), end("target", "Where it goes")}, rest...)
}

// addLineage makes the columns of an edge of its two ends.
func addLineage(ctx context.Context, c *call) (*answer, error) {
	if err := c.arguments.only(edgeParameters(c.audience)); err != nil {
		return nil, err
	}
	for _, side := range []string{"source", "target"} {
		if err := c.split(side); err != nil {
			return nil, err
		}
	}
	r, err := edge.record(c)
	if err != nil {
		return nil, err
	}
	if !r.Get(sessionID).IsSet() {
		return nil, noSession(c.memory.sessions())
	}
	receipt, err := c.record(ctx, r)
	if err != nil {
		return nil, err
	}
	return edge.answer(c, receipt), nil
}

// split puts the parts of an end in the place of its text.
func (c *call) split(side string) error {
	text, err := c.arguments.needed(side, "silver.observation")
	if err != nil {
		return err
	}
	node, err := daybook.ParseNode(text)
	if err != nil {
		return daybook.Under("/"+side, err)
	}
	delete(c.arguments, side)
	for name, part := range map[string]string{"_type": node.Type(), "_schema": node.Schema, "_name": node.Name, "_column": node.Column} {
		if part != "" {
			c.arguments[side+name] = marshal(part)
		}
	}
	return nil
}
