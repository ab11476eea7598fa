package evaluate

import (
	"hash/maphash"
	"iter"
	"slices"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// grantIndexes find the grants of a key.
type grantIndexes struct {
	grantees     nameSet
	byGrantee    map[string][]int       // indexes of grants by the grantee's text, ascending
	byManyGrants map[string]*grantIndex // the same for a grantee of many grants
	byID         map[string]int         // the first that is not retired
	byToken      map[string]tokenGrant  // of those that are not retired
	constraints  []compiledConstraints  // of each grant
}

// A tokenGrant is the first grant with a token.
type tokenGrant struct {
	index   int
	several bool // another grant has the token too
}

func indexGrants(all []grants.Grant) grantIndexes {
	if len(all) == 0 {
		return grantIndexes{}
	}
	x := grantIndexes{
		byGrantee:   make(map[string][]int, len(all)),
		byID:        make(map[string]int, len(all)),
		byToken:     map[string]tokenGrant{},
		constraints: make([]compiledConstraints, len(all)),
	}
	for i := range all {
		g := &all[i]
		if kind := g.Grantee.Kind(); kind != policy.NoOne && kind != policy.Anyone {
			x.byGrantee[g.Grantee.String()] = append(x.byGrantee[g.Grantee.String()], i)
			x.grantees |= nameSetOf(g.Grantee.String())
		}
		if g.Status != grants.Retired {
			x.name(all, i)
		}
		x.constraints[i] = compileConstraints(&g.Constraints)
	}
	for grantee, list := range x.byGrantee {
		if len(list) < manyGrants {
			continue
		}
		if x.byManyGrants == nil {
			x.byManyGrants = map[string]*grantIndex{}
		}
		x.byManyGrants[grantee] = newGrantIndex(all, x.constraints, list)
	}
	return x
}

// name files a grant under its id and its token.
func (x *grantIndexes) name(all []grants.Grant, i int) {
	g := &all[i]
	if _, ok := x.byID[g.ID]; !ok {
		x.byID[g.ID] = i
	}
	if g.Token == "" {
		return
	}
	if first, ok := x.byToken[g.Token]; !ok {
		x.byToken[g.Token] = tokenGrant{index: i}
	} else if !sameGrant(&all[first.index], g) {
		first.several = true
		x.byToken[g.Token] = first
	}
}

// manyGrants is the number of grants to one grantee from which on they are
// indexed, rather than read one by one.
const manyGrants = 16

// A grantIndex finds among many grants to one grantee those that a decision can
// turn on. What a decision needs is the first grant that
//
//   - has the operation and a constraint that holds, and is effective;
//   - or else has the operation and a constraint that holds;
//   - or else has the operation;
//   - or else is there.
//
// The index may return grants beyond these, never fewer.
//
// A request reads one grant per distinct constraint that it could satisfy, as far
// as one pair or the source ARN tells. It is slow only where these are many:
// thousands of different EncryptionContextSubset constraints that have all their
// pairs in common with thousands of others, of different SourceArn constraints
// with wildcards, of pending grants that share one token, or, for CreateGrant, of
// different sets of operations under one constraint.
type grantIndex struct {
	first        int
	byOperations firsts
	constraints  constraintIndex
	// sources is the same without encryption contexts, which DescribeKey does
	// not have.
	sources constraintIndex
	pending map[string][]int // by token
}

// newGrantIndex indexes the grants of a list of indexes in ascending order.
func newGrantIndex(all []grants.Grant, compiled []compiledConstraints, list []int) *grantIndex {
	x := &grantIndex{first: list[0], pending: map[string][]int{}}
	constraints, sources := newGrantClasses(len(list)), newGrantClasses(1)
	for _, i := range list {
		g := &all[i]
		x.byOperations.add(g.Operations, i)
		constraints.add(&compiled[i], g, i)
		sources.add(&compiledConstraints{source: compiled[i].source}, g, i)
		if g.Status == grants.Pending && g.Token != "" {
			x.pending[g.Token] = append(x.pending[g.Token], i)
		}
	}
	x.constraints, x.sources = constraints.index(), sources.index()
	return x
}

// A grantQuery is what a request asks of grants. See constraintsHold.
type grantQuery struct {
	operations        action.Set // all that a grant must have
	encryptionContext pairList
	sourceARN         string
	tokens            []string
	sourceOnly        bool // constraints on the encryption context do not count
}

// candidates yields the indexes of the grants that have the operation and a
// constraint that may hold, as far as a decision can turn on them, in no particular
// order and some of them twice.
func (x *grantIndex) candidates(q *grantQuery, yield func(int) bool) {
	if _, ok := x.byOperations.with(q.operations); !ok {
		return
	}
	constraints := &x.constraints
	if q.sourceOnly {
		constraints = &x.sources
	}
	if !constraints.candidates(q, yield) {
		return
	}
	for _, token := range q.tokens {
		for _, i := range x.pending[token] {
			if !yield(i) {
				return
			}
		}
	}
}

// nearest returns the grant that lacks least if no candidate is better: the first
// that has the operation, or else the first.
func (x *grantIndex) nearest(q *grantQuery) int {
	if i, ok := x.byOperations.with(q.operations); ok {
		return i
	}
	return x.first
}

// firsts are sets of operations, each with the first grant that has it.
type firsts struct {
	news []firstGrant // those that brought an operation that was not there before
	all  []firstGrant // those with CreateGrant, which asks for several operations at once
	seen action.Set   // all that any of the grants has
}

type firstGrant struct {
	operations action.Set
	index      int
}

// add adds a grant, whose index is higher than those before.
func (f *firsts) add(operations action.Set, i int) {
	if f.seen.Union(operations) != f.seen {
		f.seen = f.seen.Union(operations)
		f.news = append(f.news, firstGrant{operations, i})
	}
	if operations.Has(action.CreateGrant) && !f.covered(operations) {
		f.all = append(f.all, firstGrant{operations, i})
	}
}

// covered reports whether an earlier set has all of operations, as far as a look
// at the last ones tells.
func (f *firsts) covered(operations action.Set) bool {
	const look = 64
	last := f.all[max(0, len(f.all)-look):]
	return slices.ContainsFunc(last, func(g firstGrant) bool { return g.operations.Intersect(operations) == operations })
}

// with returns the first grant that has all these operations.
func (f *firsts) with(operations action.Set) (int, bool) {
	list := f.news
	if operations.Len() > 1 {
		list = f.all
	}
	for i := range list {
		if list[i].operations.Intersect(operations) == operations {
			return list[i].index, true
		}
	}
	return 0, false
}

// A grantClass is the grants with the same constraint.
type grantClass struct {
	constraints *compiledConstraints
	active      firsts
	others      firsts      // pending and retired grants
	next        *grantClass // in the same list
}

// grantClasses are the classes of grants while they are collected.
type grantClasses struct {
	all    []*grantClass
	byHash map[uint64]*grantClass // lists, by a hash of the constraint
}

func newGrantClasses(n int) grantClasses {
	return grantClasses{byHash: make(map[uint64]*grantClass, n)}
}

// add adds a grant to the class of its constraint.
func (c *grantClasses) add(constraints *compiledConstraints, g *grants.Grant, i int) {
	hash := uint64(0)
	for t := range traitsOf(constraints) {
		hash += t
	}
	class := c.byHash[hash]
	for class != nil && !class.constraints.same(constraints) {
		class = class.next
	}
	if class == nil {
		class = &grantClass{constraints: constraints, next: c.byHash[hash]}
		c.byHash[hash] = class
		c.all = append(c.all, class)
	}
	if g.Status == grants.Active {
		class.active.add(g.Operations, i)
	} else {
		class.others.add(g.Operations, i)
	}
}

// A constraintIndex files each class under that of its traits which the fewest
// others have.
type constraintIndex struct {
	byTrait   map[uint64]*grantClass // lists
	untraited *grantClass            // list of those without
}

// index returns the index of the classes, to which no more must be added.
func (c *grantClasses) index() constraintIndex {
	count := make(map[uint64]int, len(c.all))
	for _, class := range c.all {
		for t := range traitsOf(class.constraints) {
			count[t]++
		}
	}
	x := constraintIndex{byTrait: make(map[uint64]*grantClass, len(c.all))}
	for _, class := range c.all {
		rarest, fewest := uint64(0), 0
		for t := range traitsOf(class.constraints) {
			if n := count[t]; fewest == 0 || n < fewest {
				rarest, fewest = t, n
			}
		}
		if fewest == 0 {
			class.next, x.untraited = x.untraited, class
		} else {
			class.next, x.byTrait[rarest] = x.byTrait[rarest], class
		}
	}
	return x
}

// candidates yields the first grants of the classes whose constraint may hold, and
// reports whether it may go on.
func (x *constraintIndex) candidates(q *grantQuery, yield func(int) bool) bool {
	of := func(class *grantClass) bool {
		for ; class != nil; class = class.next {
			if i, ok := class.active.with(q.operations); ok && !yield(i) {
				return false
			}
			if i, ok := class.others.with(q.operations); ok && !yield(i) {
				return false
			}
		}
		return true
	}
	sum := uint64(0)
	for i := range q.encryptionContext {
		pair := pairTrait(&q.encryptionContext[i])
		sum += pair
		if !of(x.byTrait[pair]) {
			return false
		}
	}
	return of(x.byTrait[equalsTrait(sum)]) && of(x.byTrait[sourceTrait(q.sourceARN)]) && of(x.untraited)
}

var traitSeed = maphash.MakeSeed()

// traitsOf yields what a request must have to satisfy a constraint, as hashes: two
// that are equal by chance yield more candidates, never fewer.
func traitsOf(c *compiledConstraints) iter.Seq[uint64] {
	return func(yield func(uint64) bool) { eachTrait(c, yield) }
}

func eachTrait(c *compiledConstraints, yield func(uint64) bool) {
	if c.equals {
		sum := uint64(0)
		for i := range c.whole {
			sum += pairTrait(&c.whole[i])
		}
		if !yield(equalsTrait(sum)) {
			return
		}
	}
	for i := range c.part {
		if !yield(pairTrait(&c.part[i])) {
			return
		}
	}
	if c.source != "" && c.source.IsLiteral() {
		yield(sourceTrait(string(c.source)))
	}
}

// pairTrait is that of a pair of the encryption context.
func pairTrait(p *pair) uint64 {
	return 3*maphash.String(traitSeed, p.name) + maphash.String(traitSeed, p.value)
}

// equalsTrait is that of a whole encryption context, of the sum of its pairs.
func equalsTrait(sum uint64) uint64 { return 5*sum + 1 }

// sourceTrait is that of a source ARN.
func sourceTrait(arn string) uint64 { return 7*maphash.String(traitSeed, arn) + 2 }

// grantsTo yields the indexes of the grants to a grantee that may allow the request,
// and those that lack little.
func (s *situation) grantsTo(grantee string) iter.Seq[int] {
	return func(yield func(int) bool) { s.findGrants(grantee, yield) }
}

func (s *situation) findGrants(grantee string, yield func(int) bool) {
	const few = 4 // are sooner compared than looked up
	if len(s.key.grants) <= few {
		for i := range s.key.grants {
			if s.key.grants[i].Grantee.String() == grantee && !yield(i) {
				return
			}
		}
		return
	}
	if many := s.key.byManyGrants[grantee]; many != nil {
		q := s.grantQuery()
		many.candidates(&q, yield)
		return
	}
	for _, i := range s.key.byGrantee[grantee] {
		if !yield(i) {
			return
		}
	}
}

// nearestGrantTo returns, of many grants to a grantee, the index of the one that
// lacks least if none of grantsTo is better.
func (s *situation) nearestGrantTo(grantee string) (int, bool) {
	many := s.key.byManyGrants[grantee]
	if many == nil {
		return 0, false // grantsTo has them all
	}
	q := s.grantQuery()
	return many.nearest(&q), true
}

// grantQuery returns what the request asks of grants.
func (s *situation) grantQuery() grantQuery {
	r := s.request
	q := grantQuery{
		operations:        action.Set{}.With(r.action),
		encryptionContext: s.pairs(),
		sourceARN:         s.sourceARN(),
		tokens:            r.tokens,
		sourceOnly:        r.action == action.DescribeKey,
	}
	if r.action == action.CreateGrant {
		q.operations = q.operations.Union(r.child.operations)
		if r.child.unknown {
			q.operations = action.Every() // no grant has what is none of KMS
		}
	}
	return q
}
