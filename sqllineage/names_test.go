package sqllineage

import "testing"

func dotted(parts ...string) name {
	n := make(name, len(parts))
	for i, p := range parts {
		n[i] = ident{text: p}
		if q := len(p); q > 1 && p[0] == '"' {
			n[i] = ident{text: p[1 : q-1], quoted: true}
		}
	}
	return n
}

func TestTableNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect         Dialect
		catalog, schema string
		name            name
		want            string
	}{
		{PostgreSQL, "", "", dotted("Orders"), "orders"},
		{PostgreSQL, "", "", dotted(`"Orders"`), "Orders"},
		{PostgreSQL, "db", "public", dotted("orders"), "db.public.orders"},
		{PostgreSQL, "db", "public", dotted("s", "orders"), "db.s.orders"},
		{PostgreSQL, "db", "public", dotted("other", "s", "orders"), "other.s.orders"},
		{Snowflake, "", "", dotted(`"ORDERS"`), "orders"},
		{Snowflake, "", "", dotted(`"Orders"`), "Orders"},
		{Oracle, "", "", dotted(`"ORDERS"`), "orders"},
		{BigQuery, "", "", dotted(`"Project-1.Set.Orders"`), "Project-1.Set.Orders"},
		{BigQuery, "", "", dotted("Orders"), "Orders"},
		{MySQL, "shop", "", dotted("orders"), "shop.orders"},
		{MySQL, "shop", "", dotted("shop", "orders"), "shop.orders"},
		{TSQL, "", "dbo", dotted("db", "", "orders"), "db.dbo.orders"},
		{TSQL, "", "", dotted("srv", "db", "s", "orders"), "srv.db.s.orders"},
		{BigQuery, "set", "", dotted("set", "orders"), "set.orders"},
	} {
		o := Options{Dialect: c.dialect, DefaultCatalog: c.catalog, DefaultSchema: c.schema}
		if got := firstNamespace(o).table(c.dialect, c.name).String(); got != c.want {
			t.Errorf("%s: %v is %s, want %s", c.dialect, c.name, got, c.want)
		}
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect Dialect
		use     use
		kind    string
		want    string
	}{
		{Spark, use{name: dotted("sales")}, "USE", "sales.t"},
		{Databricks, use{name: dotted("main")}, "USE CATALOG", "main.t"},
		{Snowflake, use{name: dotted("db")}, "USE", "db.t"},
		{Snowflake, use{name: dotted("db", "s")}, "USE", "db.s.t"},
		{Snowflake, use{name: dotted("s"), schema: true}, "USE", "old.s.t"},
		{TSQL, use{name: dotted("db")}, "USE", "db.dbo.t"},
		{PostgreSQL, use{}, "SET", "old.dbo.t"},
	} {
		n := namespace{catalog: "old", schema: "dbo"}
		if c.dialect == Spark || c.dialect == Databricks {
			n = namespace{}
		}
		n.use(c.dialect, &c.use, c.kind)
		if got := n.table(c.dialect, dotted("t")).String(); got != c.want {
			t.Errorf("%s: after USE %v t is %s, want %s", c.dialect, c.use.name, got, c.want)
		}
	}
}

func TestFlowsUnite(t *testing.T) {
	t.Parallel()
	got := unite([]flow{
		{column: 2, kind: flowIdentity},
		{column: 1, kind: flowAggregation, certainty: guessed},
		{column: 1, kind: flowConditional},
		{column: 1, kind: flowIdentity},
	})
	want := []flow{{column: 1, kind: flowAggregation}, {column: 1, kind: flowConditional}, {column: 2}}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: got %v, want %v", i, got[i], want[i])
		}
	}
}
