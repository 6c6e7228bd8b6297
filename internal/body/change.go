package body

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// SmallChange says whether one text became the other by a correction of its
// wording or layout: at most so many characters were added, removed or
// replaced, and every numeral (Arabic or Chinese), table, link and picture is as
// it was. What is printed bold, and where paragraphs and headings begin, is
// layout.
func SmallChange(from, to string, most int) bool {
	a, b := facts(from), facts(to)
	return slices.Equal(a.numerals, b.numerals) && slices.Equal(a.links, b.links) && reflect.DeepEqual(Cells(from), Cells(to)) &&
		within([]rune(a.words), []rune(b.words), most)
}

// numeral is a number as a reader takes it, its decimals, date or time and its
// percent sign included.
var numeral = regexp.MustCompile(`[\p{Nd}〇零一二三四五六七八九十百千万亿]+(?:[.,:/．，：／~～—–-][\p{Nd}〇零一二三四五六七八九十百千万亿]+)*[%‰％]?`)

type seen struct {
	words    string
	numerals []string
	links    []string // address and words of each link and picture
}

func facts(html string) seen {
	var s seen
	var words strings.Builder
	parse(html).each(func(b *block) {
		if !b.leaf() {
			return
		}
		for _, r := range b.runs {
			if r.src != "" {
				s.links = append(s.links, r.src, r.alt)
			}
			if r.href != "" {
				s.links = append(s.links, r.href, r.text)
			}
		}
		words.WriteString(b.text())
		words.WriteByte('\n')
	})
	s.words = words.String()
	s.numerals = numeral.FindAllString(s.words, -1)
	return s
}

// within says whether a becomes b by at most so many insertions, deletions and
// replacements. It looks only at the band of places that few can reach.
func within(a, b []rune, most int) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if d := len(a) - len(b); d > most || -d > most {
		return false
	}
	// row[j-i+most] is the cost of turning a[:i] into b[:j].
	far := most + 1
	row, next := make([]int, 2*most+3), make([]int, 2*most+3)
	for k := range row {
		if row[k] = far; k >= most && k <= 2*most {
			row[k] = k - most
		}
	}
	for i := 1; i <= len(a); i++ {
		best := far
		for k := range next {
			next[k] = far
		}
		for k := 0; k <= 2*most; k++ {
			j := i + k - most
			if j < 0 || j > len(b) {
				continue
			}
			cost := row[k+1] + 1 // a[i-1] removed
			if j > 0 {
				if k > 0 {
					cost = min(cost, next[k-1]+1) // b[j-1] added
				}
				same := 1
				if a[i-1] == b[j-1] {
					same = 0
				}
				cost = min(cost, row[k]+same)
			}
			next[k] = min(cost, far)
			best = min(best, next[k])
		}
		if best > most {
			return false
		}
		row, next = next, row
	}
	return row[len(b)-len(a)+most] <= most
}
