package sqllineage

// typeName steps over the name of a type, behind :: or in a list of columns.
func (p *parser) typeName() {
	if !p.identAhead(0) {
		p.fault("expected a type")
		return
	}
	p.next()
	for p.is(".") && p.identAhead(1) {
		p.next()
		p.next()
	}
	p.skipAny("PRECISION", "VARYING", "UNSIGNED", "SIGNED", "LARGE", "RAW", "BYTE")
	p.typeTail()
	switch {
	case (p.is("WITH") || p.is("WITHOUT")) && (p.isAt(1, "TIME") || p.isAt(1, "LOCAL")):
		p.next()
		p.skipAny("LOCAL", "TIME", "ZONE")
	case isDatePart(p.tok()) && p.isAt(1, "TO") && isDatePart(p.ahead(2)):
		p.next()
		p.next()
		p.next()
	}
	p.typeTail()
}

// typeTail steps over (10, 2), <a INT>, [] behind the name of a type.
func (p *parser) typeTail() {
	for {
		switch {
		case p.is("("):
			p.skipGroup()
		case p.is("<"):
			p.angles()
		case p.is("[") && (p.isAt(1, "]") || p.ahead(1).kind == tokenNumber && p.dialect != Snowflake):
			p.skipGroup()
		default:
			return
		}
	}
}

// angles steps over <…>.
func (p *parser) angles() {
	for open := 0; !p.done(); {
		switch {
		case p.is("<"):
			open++
		case p.is(">"):
			open--
		case p.is(">>"):
			open -= 2
		}
		p.skip()
		if open <= 0 {
			return
		}
	}
}
