package intake_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

// limits is an intake with another limit of bytes.
func limits(bytes int) *intake.Intake {
	return intake.New(&sink{}, intake.Limits{MaxRecordBytes: bytes, Now: clock})
}

func TestIdsAreUUIDv7AndThoseGivenStay(t *testing.T) {
	t.Parallel()
	r := decode(t, `{"kind":"conversations","agent_position":"CFO"}`)
	if _, err := put(daybook.Local, r); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{r.LogID(), r.SubjectID()} {
		if u, err := uuid.Parse(id); err != nil || u.Version() != 7 {
			t.Errorf("%q: %v", id, err)
		}
	}
	if r.LogID() == r.SubjectID() {
		t.Error("one id for two things")
	}
	const own = "0190f3c2-7b1e-4a40-8c11-3a5d2f6e9b02"
	r = decode(t, `{"kind":"conversations","agent_position":"CFO","conversation_id":"conv 1","log_id":"`+own+`"}`)
	if _, err := put(daybook.Local, r); err != nil || r.LogID() != own || r.SubjectID() != "conv 1" {
		t.Errorf("%v: log_id %q, id %q", err, r.LogID(), r.SubjectID())
	}
}

func TestSerialIdsAreTheLedgers(t *testing.T) {
	t.Parallel()
	for _, input := range []string{
		`{"kind":"lineage_edge","source_type":"TABLE","source_name":"a","target_type":"TABLE","target_name":"b","relationship_type":"COPIES","id":5}`,
		`{"kind":"transformation_operation","session_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","operation_type":"SELECT","id":0}`,
	} {
		_, err := put(daybook.Local, decode(t, input))
		want(t, err, daybook.CodeInvalid, "/0/id", "is given by the ledger")
	}
	if _, err := put(daybook.Local, decode(t, `{"kind":"lineage_edge","amend":true,"id":5,"is_current":false}`)); err != nil {
		t.Errorf("an amendment names its edge by id, but: %v", err)
	}
}

func TestBusiness(t *testing.T) {
	t.Parallel()
	bound := daybook.Principal{Name: "agent", Role: daybook.RoleWriter, Business: "acme"}
	free := daybook.Principal{Name: "agent", Role: daybook.RoleWriter}
	for _, c := range []struct {
		p           daybook.Principal
		given, want string
	}{
		{free, "", "default"}, {free, "acme", "acme"}, {bound, "", "acme"}, {bound, "acme", "acme"}, {bound, "other", ""},
	} {
		r := decode(t, `{"kind":"conversations","agent_position":"CFO"}`)
		if c.given != "" {
			r.SetBusiness(c.given)
		}
		_, err := put(c.p, r)
		if c.want == "" {
			want(t, err, daybook.CodeForbidden, "/0/business_id", "bound to business", "leave business_id out")
			continue
		}
		if err != nil || r.Business() != c.want {
			t.Errorf("%q by a principal of %q: %q, %v", c.given, c.p.Business, r.Business(), err)
		}
	}
	a := decode(t, `{"kind":"conversations","amend":true,"conversation_id":"c","status":"error","business_id":"other"}`)
	_, err := put(bound, a)
	want(t, err, daybook.CodeForbidden, "/0/business_id")
}

func TestTimeIsNowOrNoLaterThanTheEnd(t *testing.T) {
	t.Parallel()
	for given, expected := range map[string]string{
		``:                                     nowText,
		`,"started_at":"2020-01-01T00:00:00Z"`: "2020-01-01T00:00:00.000000Z",
		`,"ended_at":"2026-01-31T08:00:00Z"`:   "2026-01-31T08:00:00.000000Z",
		`,"ended_at":"2026-01-31T10:00:00Z"`:   nowText,
		`,"ended_at":"2026-01-31T08:00:00Z","started_at":"2026-01-31T07:00:00Z"`: "2026-01-31T07:00:00.000000Z",
	} {
		r := decode(t, `{"kind":"conversations","agent_position":"CFO"`+given+`}`)
		if _, err := put(daybook.Local, r); err != nil || r.Get("started_at").Text() != expected {
			t.Errorf("%s: started_at %s, %v; want %s", given, r.Get("started_at").Text(), err, expected)
		}
	}
}

func TestAddressAndUserAgentComeFromTheRequest(t *testing.T) {
	t.Parallel()
	put1 := func(p daybook.Principal, input string) daybook.Record {
		t.Helper()
		r := decode(t, input)
		if _, err := put(p, r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	p := daybook.Principal{Name: "agent", Role: daybook.RoleWriter, Address: "192.0.2.1", UserAgent: "curl/8"}
	r := put1(p, `{"kind":"conversations","agent_position":"CFO"}`)
	if r.Get("ip_address").Text() != "192.0.2.1" || r.Get("user_agent").Text() != "curl/8" {
		t.Errorf("%s", line(&r))
	}
	r = put1(p, `{"kind":"conversations","agent_position":"CFO","ip_address":"own","user_agent":""}`)
	if r.Get("ip_address").Text() != "own" || r.Get("user_agent").Text() != "" {
		t.Errorf("%s", line(&r))
	}
	r = put1(daybook.Principal{Role: daybook.RoleWriter}, `{"kind":"conversations","agent_position":"CFO"}`)
	if r.Get("ip_address").IsSet() || r.Get("user_agent").IsSet() {
		t.Errorf("%s", line(&r))
	}
	r = put1(p, `{"kind":"conversations","amend":true,"conversation_id":"c","status":"error"}`)
	if r.Get("ip_address").IsSet() {
		t.Errorf("%s", line(&r))
	}
	p.UserAgent = "a\x00b\xff" + strings.Repeat("ü", 2000)
	r = put1(p, `{"kind":"conversations","agent_position":"CFO"}`)
	if got := r.Get("user_agent").Text(); got != "a\uFFFDb\uFFFD"+strings.Repeat("ü", daybook.MaxName-4) {
		t.Errorf("%d bytes: %.20q", len(got), got)
	}
}

func TestLayerFollowsFromTheSourceTables(t *testing.T) {
	t.Parallel()
	for tables, expected := range map[string][2]string{
		``:                                      {"OTHER", "AD_HOC_ANALYSIS"},
		`"bronze.wasde_cell"`:                   {"BRONZE", "BRONZE_TO_SILVER"},
		`"bronze.a","BRONZE.b"`:                 {"BRONZE", "BRONZE_TO_SILVER"},
		`"silver.a"`:                            {"SILVER", "SILVER_AGGREGATE"},
		`"Gold.a"`:                              {"GOLD", "GOLD_VISUALIZATION"},
		`"warehouse.gold.a"`:                    {"GOLD", "GOLD_VISUALIZATION"},
		`"bronze_usda.a","bronze-noaa.b"`:       {"BRONZE", "BRONZE_TO_SILVER"},
		`"\"silver\".a","` + "`silver`" + `.b"`: {"SILVER", "SILVER_AGGREGATE"},
		`"bronze.a","silver.b"`:                 {"OTHER", "AD_HOC_ANALYSIS"},
		`"bronze.a","ref.b"`:                    {"OTHER", "AD_HOC_ANALYSIS"},
		`"ref.b","bronze.a"`:                    {"OTHER", "AD_HOC_ANALYSIS"},
		`"public.gold_prices"`:                  {"OTHER", "AD_HOC_ANALYSIS"},
		`"gold_prices"`:                         {"OTHER", "AD_HOC_ANALYSIS"},
		`"gold"`:                                {"OTHER", "AD_HOC_ANALYSIS"},
		`"golden.a"`:                            {"OTHER", "AD_HOC_ANALYSIS"},
		`"bronze.gold"`:                         {"BRONZE", "BRONZE_TO_SILVER"},
		`"."`:                                   {"OTHER", "AD_HOC_ANALYSIS"},
	} {
		r := decode(t, `{"kind":"transformation_session","agent_id":"a","source_tables":[`+tables+`]}`)
		if _, err := put(daybook.Local, r); err != nil {
			t.Fatal(err)
		}
		if got := [2]string{r.Get("source_layer").Text(), r.Get("session_type").Text()}; got != expected {
			t.Errorf("%s: %v, want %v", tables, got, expected)
		}
	}
}

func TestLayerAndTypeGivenStay(t *testing.T) {
	t.Parallel()
	for given, expected := range map[string][2]string{
		`"source_layer":"GOLD"`:                         {"GOLD", "GOLD_VISUALIZATION"},
		`"source_layer":"OTHER"`:                        {"OTHER", "AD_HOC_ANALYSIS"},
		`"session_type":"MINE"`:                         {"BRONZE", "MINE"},
		`"source_layer":"SILVER","session_type":"MINE"`: {"SILVER", "MINE"},
	} {
		r := decode(t, `{"kind":"transformation_session","agent_id":"a","source_tables":["bronze.a"],`+given+`}`)
		if _, err := put(daybook.Local, r); err != nil {
			t.Fatal(err)
		}
		if got := [2]string{r.Get("source_layer").Text(), r.Get("session_type").Text()}; got != expected {
			t.Errorf("%s: %v, want %v", given, got, expected)
		}
	}
	r := daybook.NewRecord(daybook.MustKind("transformation_session"))
	r.Set("agent_id", daybook.TextValue("a"))
	r.Set("source_tables", daybook.TextValue("no array"))
	_, err := put(daybook.Local, r)
	want(t, err, daybook.CodeInvalid, "/0/source_tables")
}

func TestRights(t *testing.T) {
	t.Parallel()
	const decision = `{"kind":"decision_logs","agent_position":"CFO"}`
	const review = `{"kind":"decision_logs","amend":true,"decision_id":"d","human_reviewed":true}`
	const escalation = `{"kind":"escalation_logs","source_agent":"CFO"}`
	const resolved = `{"kind":"escalation_logs","amend":true,"escalation_id":"e","resolution":"done"}`
	const ended = `{"kind":"conversations","amend":true,"conversation_id":"c","status":"completed"}`
	const event = `{"kind":"ledger_event","event_type":"token_created"}`
	const run = `{"kind":"retention_run","amend":true,"id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","status":"COMPLETED"}`
	all := []string{decision, review, escalation, resolved, ended, event, run}
	for role, may := range map[daybook.Role][]string{
		daybook.RoleAdmin:    all,
		daybook.RoleWriter:   {decision, review, escalation, resolved, ended},
		daybook.RoleReviewer: {review, resolved},
		daybook.RoleReader:   {}, daybook.RoleAuditor: {}, "": {}, "Admin": {},
	} {
		allowed := map[string]bool{}
		for _, input := range may {
			allowed[input] = true
		}
		for _, input := range all {
			_, err := put(daybook.Principal{Name: "p", Role: role}, decode(t, input))
			if allowed[input] && err != nil || !allowed[input] && daybook.CodeOf(err) != daybook.CodeForbidden {
				t.Errorf("%q, %s: %v", role, input, err)
			}
		}
	}
	_, err := put(daybook.Principal{Role: daybook.RoleWriter}, decode(t, event))
	want(t, err, daybook.CodeForbidden, "/0/kind", "written by Daybook itself")
}

func TestEveryRestrictedKindIsTheAdmins(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		_, err := put(daybook.Principal{Role: daybook.RoleWriter}, least(t, k))
		if k.Restricted != (daybook.CodeOf(err) == daybook.CodeForbidden) {
			t.Errorf("%s by a writer: %v", k.Name, err)
		}
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		r := decode(t, `{"kind":"conversations","agent_position":"CFO"}`)
		r.Set("cost_usd", daybook.FloatValue(f))
		_, err := put(daybook.Local, r)
		want(t, err, daybook.CodeInvalid, "/0/cost_usd", "not finite")
	}
}

func TestOptionsAreLookedInto(t *testing.T) {
	t.Parallel()
	for path, o := range map[string]daybook.Option{
		"/0/options_evaluated/1/option": {Option: strings.Repeat("ü", daybook.MaxLong+1)},
		"/0/options_evaluated/1/pros/0": {Pros: []string{strings.Repeat("ü", daybook.MaxLong+1)}},
		"/0/options_evaluated/1/cons/1": {Cons: []string{"a", strings.Repeat("ü", daybook.MaxLong+1)}},
	} {
		v, err := daybook.OptionsValue([]daybook.Option{{Option: "a"}, o})
		if err != nil {
			t.Fatal(err)
		}
		r := decode(t, `{"kind":"decision_logs","agent_position":"CFO"}`)
		r.Set("options_evaluated", v)
		want(t, daybook.Under("/0", roomy.Check(daybook.Local, r)), daybook.CodeInvalid, path)
	}
}

// The ledger tells a repeat by what the client gave: what was filled in is
// marked. The ids lose their mark when the caller gives them back: by then
// they may have been written.
func TestWhatIsFilledInIsMarked(t *testing.T) {
	t.Parallel()
	var behind sink
	in := intake.New(&behind, intake.Limits{Now: clock})
	records := []daybook.Record{decode(t, `{"kind":"transformation_session","agent_id":"a","source_tables":["gold.x"],"purpose":"p"}`)}
	for round := range 2 {
		if _, err := in.Record(t.Context(), daybook.Local, records); err != nil {
			t.Fatal(err)
		}
		r := &behind.records[round]
		for name, filled := range map[string]bool{
			"agent_id": false, "source_tables": false, "purpose": false, "log_id": true, "id": true, "business_id": true,
			"started_at": true, "status": true, "source_layer": true, "session_type": true,
		} {
			i, _ := r.Kind.Column(name)
			if want := filled && (round == 0 || name != "log_id" && name != "id"); r.Filled(i) != want || !r.Values[i].IsSet() {
				t.Errorf("call %d: %s marked %v, want %v", round, name, r.Filled(i), want)
			}
		}
	}
}
