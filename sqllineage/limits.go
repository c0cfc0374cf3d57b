package sqllineage

import "time"

// withDefaults fills the fields that are zero.
func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 1 << 20
	}
	if l.Tokens <= 0 {
		l.Tokens = 100_000
	}
	if l.Nesting <= 0 {
		l.Nesting = 300
	}
	if l.Time <= 0 {
		l.Time = 250 * time.Millisecond
	}
	if l.Edges <= 0 {
		l.Edges = 20_000
	}
	return l
}

const (
	// fuelPerToken is how many steps a token may cause in parser and resolver
	// together. Real statements need some tens, as a token is looked at by
	// each clause around it, and each reference by each scope.
	fuelPerToken = 400
	// fuelAtLeast lets a short text that expands a wide catalog end in peace.
	fuelAtLeast = 200_000
	// stepsPerLook is how often the clock is looked at: it costs more than a step.
	stepsPerLook = 256
	// longestGap is what part of its time a text is charged at most for the steps
	// between two looks: a fourth. They take microseconds, so that the rest of a
	// longer gap went to others on a busy machine, and lineage is not to depend on them.
	longestGap = 4
)

// A budget is what reading one text may still cost. Once it is spent it stays
// spent, and reason says in plain words what ran out.
type budget struct {
	limits Limits
	fuel   int
	steps  int           // since the clock was last looked at
	looked time.Time     // when that was
	took   time.Duration // until then
	depth  int
	edges  int
	spent  bool   // stop: no fuel or no time
	reason string // of the first limit that was met; "" while none was
}

// newBudget starts the clock of a text of so many tokens.
func newBudget(l Limits, tokens int) *budget {
	l = l.withDefaults()
	if l.fuel == 0 {
		l.fuel = max(fuelAtLeast, tokens*fuelPerToken)
	}
	return &budget{limits: l, fuel: l.fuel, looked: time.Now()}
}

// spend takes n steps, and says whether work may go on.
func (b *budget) spend(n int) bool {
	if b.spent {
		return false
	}
	b.fuel -= n
	b.steps += n
	if b.fuel < 0 {
		b.stop("it takes too many steps")
		return false
	}
	if b.steps >= stepsPerLook {
		b.look(time.Now())
	}
	return !b.spent
}

// look charges the text for what has passed since the clock was last looked at.
func (b *budget) look(now time.Time) {
	b.took += min(now.Sub(b.looked), b.limits.Time/longestGap)
	b.steps, b.looked = 0, now
	if b.took > b.limits.Time {
		b.stop("it takes longer than " + b.limits.Time.String())
	}
}

// stop ends all work.
func (b *budget) stop(reason string) {
	b.spent = true
	b.note(reason)
}

// note remembers the first limit that was met.
func (b *budget) note(reason string) {
	if b.reason == "" {
		b.reason = reason
	}
}

// enter goes one level deeper, and says whether that is allowed. Each call is
// paired with leave, whatever it says. Where it is not allowed, what stands
// inside is to be skipped; work outside goes on.
func (b *budget) enter() bool {
	b.depth++
	if b.depth > b.limits.Nesting {
		b.note("it nests too deeply")
		return false
	}
	return !b.spent
}

// leave goes back up.
func (b *budget) leave() { b.depth-- }

// edge asks for one more edge, and says whether it may be made.
func (b *budget) edge() bool {
	if b.edges >= b.limits.Edges {
		b.note("it has too many edges")
		return false
	}
	b.edges++
	return b.spend(1)
}

// limited says whether any limit was met.
func (b *budget) limited() bool { return b.reason != "" }
