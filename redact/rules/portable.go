package main

import (
	"fmt"
	"log"
	"regexp/syntax"
	"strings"
	"unicode"
)

// portable writes a regex in a spelling that Go's regexp and Python's re (with
// re.ASCII) read in the same way: no flags, no classes by name, letters of
// either case as classes, groups by number.
func portable(regex string) string {
	re, err := syntax.Parse(regex, syntax.Perl)
	if err != nil {
		log.Fatalf("%s: %v", regex, err)
	}
	var b strings.Builder
	write(&b, re)
	return b.String()
}

// alternative says whether a regex is one of several.
func alternative(regex string) bool {
	re, err := syntax.Parse(regex, syntax.Perl)
	must(err)
	return re.Op == syntax.OpAlternate
}

func write(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpEmptyMatch:
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			writeRune(b, r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		writeClass(b, re.Rune)
	case syntax.OpAnyCharNotNL:
		b.WriteString(`[^\n]`)
	case syntax.OpAnyChar:
		b.WriteString(`[\s\S]`)
	case syntax.OpBeginText:
		b.WriteString(`^`)
	case syntax.OpEndText:
		b.WriteString(`$`)
	case syntax.OpWordBoundary:
		b.WriteString(`\b`)
	case syntax.OpCapture:
		b.WriteByte('(')
		write(b, re.Sub[0])
		b.WriteByte(')')
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		writeRepeated(b, re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if sub.Op == syntax.OpAlternate {
				writeGroup(b, sub)
			} else {
				write(b, sub)
			}
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			write(b, sub)
		}
	default:
		log.Fatalf("no portable form of %s in %s", re.Op, re)
	}
}

func writeGroup(b *strings.Builder, re *syntax.Regexp) {
	b.WriteString("(?:")
	write(b, re)
	b.WriteByte(')')
}

func writeRepeated(b *strings.Builder, re *syntax.Regexp) {
	sub := re.Sub[0]
	single := sub.Op == syntax.OpCharClass || sub.Op == syntax.OpCapture || sub.Op == syntax.OpAnyChar ||
		sub.Op == syntax.OpAnyCharNotNL || sub.Op == syntax.OpLiteral && len(sub.Rune) == 1
	if single {
		write(b, sub)
	} else {
		writeGroup(b, sub)
	}
	switch re.Op {
	case syntax.OpStar:
		b.WriteByte('*')
	case syntax.OpPlus:
		b.WriteByte('+')
	case syntax.OpQuest:
		b.WriteByte('?')
	default:
		switch {
		case re.Max == re.Min:
			fmt.Fprintf(b, "{%d}", re.Min)
		case re.Max < 0:
			fmt.Fprintf(b, "{%d,}", re.Min)
		default:
			fmt.Fprintf(b, "{%d,%d}", re.Min, re.Max)
		}
	}
	if re.Flags&syntax.NonGreedy != 0 {
		b.WriteByte('?')
	}
}

// The Kelvin sign and the long s fold to k and s. No secret has them, and a
// class that names them is not one of ASCII.
func ascii(r rune) bool { return r < 0x80 }

func writeRune(b *strings.Builder, r rune, fold bool) {
	if fold && unicode.IsLetter(r) && ascii(r) {
		fmt.Fprintf(b, "[%c%c]", unicode.ToUpper(r), unicode.ToLower(r))
		return
	}
	b.WriteString(escaped(r))
}

func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x20 || r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case strings.ContainsRune(`\.+*?()|[]{}^$-&~#`, r):
		return `\` + string(r)
	}
	return string(r)
}

func writeClass(b *strings.Builder, pairs []rune) {
	last := len(pairs) - 1
	if pairs[last] == unicode.MaxRune {
		if len(pairs) == 2 && pairs[0] == 0 {
			b.WriteString(`[\s\S]`)
			return
		}
		b.WriteString("[^")
		next := rune(0)
		for i := 0; i < len(pairs) && ascii(next); i += 2 {
			if pairs[i] > next {
				writeRange(b, next, pairs[i]-1)
			}
			next = pairs[i+1] + 1
		}
	} else {
		b.WriteByte('[')
		for i := 0; i < len(pairs); i += 2 {
			if ascii(pairs[i]) {
				writeRange(b, pairs[i], pairs[i+1])
			}
		}
	}
	b.WriteByte(']')
}

func writeRange(b *strings.Builder, from, to rune) {
	b.WriteString(escaped(from))
	if to > from {
		if to > from+1 {
			b.WriteByte('-')
		}
		b.WriteString(escaped(to))
	}
}
