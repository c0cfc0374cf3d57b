package sqllineage

// A trait is something about a function that its arguments are read by.
type trait uint16

const (
	aggregate     trait = 1 << iota // of many rows makes one value
	orderedSet                      // its value stands in WITHIN GROUP (ORDER BY …)
	conditionHead                   // its first argument is a condition
	decodes                         // its odd arguments are values, the others are compared
	partFirst                       // its first of three arguments may be a part of a date
	partBefore                      // its first of two may be one
	partLast                        // an argument behind the first may be one
	extracts                        // part FROM value
	trims                           // BOTH characters FROM value
	casts                           // value AS type
	converts                        // type, value, or value, type
)

var functionTraits = makeTraits()

func makeTraits() map[string]trait {
	m := map[string]trait{}
	for t, names := range functionsByTrait {
		for _, n := range names {
			m[n] |= t
		}
	}
	return m
}

var functionsByTrait = map[trait][]string{
	aggregate: {
		"SUM", "COUNT", "AVG", "MIN", "MAX", "ARRAY_AGG", "STRING_AGG", "GROUP_CONCAT", "LISTAGG", "ANY_VALUE", "COUNT_IF", "COUNTIF",
		"SUM_IF", "SUMIF", "AVGIF", "MINIF", "MAXIF", "ANYIF", "UNIQ", "UNIQEXACT", "UNIQCOMBINED", "UNIQHLL12", "APPROX_COUNT_DISTINCT", "APPROX_DISTINCT", "APPROX_QUANTILES",
		"APPROX_TOP_COUNT", "APPROX_TOP_SUM", "APPROX_PERCENTILE", "APPROX_PERCENTILE_CONT", "APPROX_PERCENTILE_DISC", "APPROX_TOP_K", "APPROX_MEDIAN", "HLL",
		"HLL_COUNT_DISTINCT", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "STDEV", "STDEVP", "STD", "VARIANCE", "VAR_POP", "VAR_SAMP", "VAR", "VARP", "VARIANCE_POP",
		"VARIANCE_SAMP", "BOOL_AND", "BOOL_OR", "EVERY", "LOGICAL_AND", "LOGICAL_OR", "BOOLAND_AGG", "BOOLOR_AGG", "BOOLXOR_AGG", "BIT_AND", "BIT_OR", "BIT_XOR",
		"BITAND_AGG", "BITOR_AGG", "BITXOR_AGG", "PERCENTILE_CONT", "PERCENTILE_DISC", "PERCENTILE", "PERCENTILE_APPROX", "MODE", "MEDIAN", "CORR", "COVAR_POP",
		"COVAR_SAMP", "REGR_SLOPE", "REGR_INTERCEPT", "REGR_COUNT", "REGR_R2", "REGR_AVGX", "REGR_AVGY", "REGR_SXX", "REGR_SYY", "REGR_SXY", "JSON_AGG", "JSONB_AGG",
		"JSON_OBJECT_AGG", "JSONB_OBJECT_AGG", "JSON_ARRAYAGG", "JSON_OBJECTAGG", "XMLAGG", "ARRAY_CONCAT_AGG", "ARRAY_UNION_AGG", "ARRAY_UNIQUE_AGG", "OBJECT_AGG", "MAP_AGG",
		"MULTIMAP_AGG", "MAP_UNION", "COLLECT_LIST", "COLLECT_SET", "COLLECT", "FIRST", "LAST", "ARBITRARY", "MAX_BY", "MIN_BY", "ARG_MAX", "ARG_MIN", "ARGMAX", "ARGMIN",
		"GROUPARRAY", "GROUPUNIQARRAY", "QUANTILE", "QUANTILES", "QUANTILEEXACT", "QUANTILE_CONT", "QUANTILE_DISC", "TOPK", "SKEWNESS", "KURTOSIS", "SKEW", "ENTROPY", "PRODUCT", "LIST",
		"STRING_AGG_DISTINCT", "WM_CONCAT", "CHECKSUM_AGG", "COUNT_BIG", "HASH_AGG", "TOTAL", "GROUP_BIT_AND", "HISTOGRAM", "APPROXIMATE_COUNT_DISTINCT", "RANGE_AGG", "RANGE_INTERSECT_AGG",
		"COUNT_DISTINCT", "HISTOGRAM_NUMERIC", "BITMAP_CONSTRUCT_AGG", "BITMAP_OR_AGG", "BITMAP_AND_AGG", "ARRAY_FLATTEN_AGG", "ST_UNION_AGG", "ST_COLLECT", "ST_EXTENT", "TRY_SUM", "TRY_AVG", "SUMWITHOVERFLOW",
		"SUMMAP", "MINMAP", "MAXMAP", "ANYLAST", "ANYHEAVY", "AVGWEIGHTED", "MAX_BY_KEY", "FSUM", "FAVG", "KAHAN_SUM", "GEOMETRIC_MEAN", "MAD", "BITSTRING_AGG", "SCHEMA_OF_JSON_AGG", "APPROX_TOP_K_ACCUMULATE", "MINHASH",
	},
	orderedSet:    {"PERCENTILE_CONT", "PERCENTILE_DISC", "MODE", "APPROX_PERCENTILE_CONT", "APPROX_PERCENTILE_DISC", "APPROX_PERCENTILE", "QUANTILE_CONT", "QUANTILE_DISC"},
	conditionHead: {"IF", "IIF", "IFF", "NVL2"},
	decodes:       {"DECODE", "DECODE_ORACLE"},
	partFirst: {
		"DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATE_ADD", "DATE_DIFF", "DATE_BUCKET", "TIMESTAMPADD", "TIMESTAMPDIFF",
		"TIMESTAMP_ADD", "TIMESTAMP_DIFF", "TIMEADD", "TIMEDIFF", "TIME_SLICE", "DATE_SUB", "DATESUB", "TIMEDIFF_BIG",
	},
	partBefore: {"DATEPART", "DATE_PART", "DATENAME", "DATE_TRUNC", "DATETRUNC"},
	partLast: {
		"DATE_TRUNC", "DATE_DIFF", "DATETIME_DIFF", "TIMESTAMP_DIFF", "TIME_DIFF", "DATETIME_TRUNC", "TIMESTAMP_TRUNC", "TIME_TRUNC", "LAST_DAY", "TRUNC", "TIME_SLICE",
		"TUMBLE", "ROUND_DATE", "GENERATE_DATE_ARRAY", "GENERATE_TIMESTAMP_ARRAY", "TIMESTAMP_BUCKET", "DATE_BUCKET", "DATEROUND",
	},
	extracts: {"EXTRACT"},
	trims:    {"TRIM"},
	casts:    {"CAST", "TRY_CAST", "SAFE_CAST", "XMLCAST", "TREAT", "TRY_PARSE", "PARSE", "TRYCAST"},
	converts: {"CONVERT", "TRY_CONVERT", "SAFE_CONVERT"},
}

// traitsOf finds the traits of a function by its name, in whatever case.
func traitsOf(s string) trait {
	var buf [32]byte
	if len(s) > len(buf) {
		return 0
	}
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[i] = c
	}
	return functionTraits[string(buf[:len(s)])]
}

// isAggregate says that the function makes one value of many rows.
func (p *parser) isAggregate(t trait, s string) bool {
	if t&aggregate == 0 {
		return false
	}
	switch s { // functions that are none in some dialects
	case "list", "LIST", "product", "PRODUCT", "total", "TOTAL", "hll", "HLL", "collect", "COLLECT", "var", "VAR":
		return p.dialect == DuckDB || p.dialect == SQLite || p.dialect == Snowflake || p.dialect == TSQL || p.dialect == Generic
	case "first", "FIRST", "last", "LAST", "mode", "MODE", "median", "MEDIAN":
		return p.dialect != Generic || s != "first"
	}
	return true
}

// dateParts are the words that name a part of a date, apart from their plurals.
var dateParts = map[string]bool{
	"YEAR": true, "QUARTER": true, "MONTH": true, "WEEK": true, "DAY": true, "HOUR": true, "MINUTE": true, "SECOND": true,
	"MILLISECOND": true, "MICROSECOND": true, "NANOSECOND": true, "YEARS": true, "QUARTERS": true, "MONTHS": true, "WEEKS": true, "DAYS": true,
	"HOURS": true, "MINUTES": true, "SECONDS": true, "MILLISECONDS": true, "MICROSECONDS": true, "NANOSECONDS": true,
	"DECADE": true, "CENTURY": true, "MILLENNIUM": true, "ISOYEAR": true, "ISOWEEK": true, "ISODOW": true, "DAYOFYEAR": true, "DAYOFWEEK": true,
	"DOW": true, "DOY": true, "EPOCH": true, "YY": true, "YYYY": true, "QQ": true, "Q": true, "MM": true, "M": true, "DY": true, "DD": true, "D": true,
	"WK": true, "WW": true, "DW": true, "HH": true, "MI": true, "N": true, "SS": true, "S": true, "MS": true, "MCS": true, "NS": true, "Y": true, "W": true, "H": true,
	"SECOND_MICROSECOND": true, "MINUTE_MICROSECOND": true, "MINUTE_SECOND": true, "HOUR_MICROSECOND": true, "HOUR_SECOND": true, "HOUR_MINUTE": true,
	"DAY_MICROSECOND": true, "DAY_SECOND": true, "DAY_MINUTE": true, "DAY_HOUR": true, "YEAR_MONTH": true, "DATE": true, "TIME": true, "WEEKDAY": true,
	"MON": true, "MONS": true, "MIN": true, "MINS": true, "SEC": true, "SECS": true, "HR": true, "HRS": true, "MSEC": true, "USEC": true, "YR": true, "YRS": true,
	"TZOFFSET": true, "EPOCH_SECOND": true, "ISO_WEEK": true, "DAYOFMONTH": true, "DAY_OF_WEEK": true, "WEEKISO": true, "DAYOFWEEKISO": true, "YEAROFWEEK": true,
}

// isDatePart says whether a token names a part of a date.
func isDatePart(t *token) bool {
	if t.kind != tokenWord || len(t.text) > 20 {
		return false
	}
	var buf [20]byte
	for i := range len(t.text) {
		c := t.text[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[i] = c
	}
	return dateParts[string(buf[:len(t.text)])]
}
