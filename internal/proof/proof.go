// Package proof is what people say about a text and see of its changes. It sets
// two revisions against each other: the redline (花脸稿) with every word added and
// removed, and the fields that differ. It keeps remarks (批注, 修改建议) on words of
// a revision and finds these words in later ones. But for the rows of remarks it
// is pure: equal input gives equal output on any machine.
package proof

import "gongkai/internal/body"

// Options are how a redline is written for one reader.
type Options struct {
	// Say answers the sentence of a code, which is escaped before it is written.
	Say func(code string, args map[string]any) string
	// Picture answers where the reader gets an image; old says that only the
	// earlier text has it. Nil leaves addresses as they are.
	Picture func(src string, old bool) string
	// Fold puts long stretches that did not change behind a line that opens them.
	Fold bool
}

// Counts are what a redline amounts to. Characters are those that are not blank;
// a block that was moved counts as that and not as removed and added.
type Counts struct {
	Added, Removed int // characters
	Moved          int // blocks: paragraphs, rows, list items
	Formats        int // changes of setting alone: bold, a heading's level, a link's address
	Images         int // added or removed
	Changes        int // places; those but for moves have the ids c1, c2 …
}

// A Redline is the later text with what became of the earlier one.
type Redline struct {
	HTML string // holds nothing but elements and classes of this package and the whitelist of body
	Counts
}

// Same says that the two texts are one.
func (r Redline) Same() bool { return r.Changes == 0 }

// Compare marks what was changed to make one text of the other. Neither needs
// to be sanitised for the result to be safe.
func Compare(was, now string, o Options) Redline {
	c := newComparison()
	w := &writer{o: o}
	w.document(c.siblings(body.Tree(was).Kids, body.Tree(now).Kids))
	return Redline{w.String(), w.counts}
}

// Line is Compare for words without markup, such as a title. It numbers nothing,
// so that a page may have several.
func Line(was, now string, o Options) string {
	c := newComparison()
	w := &writer{o: o, apart: true}
	line := func(s string) *body.Node { return &body.Node{Runs: []body.Run{{Text: s}}} }
	w.spans(c.words(line(was), line(now)))
	return w.String()
}

// A comparison holds what the parts of one redline share.
type comparison struct {
	work
	ids     map[string]int // of tokens, sentences and blocks' words
	cut     map[*body.Node][]token
	columns []pair // of the table being compared, when it has more or fewer
	moves   int
}

func newComparison() *comparison {
	return &comparison{work: work{left: 1 << 26}, ids: map[string]int{}, cut: map[*body.Node][]token{}}
}

func (c *comparison) id(s string) int {
	n, ok := c.ids[s]
	if !ok {
		n = len(c.ids)
		c.ids[s] = n
	}
	return n
}
