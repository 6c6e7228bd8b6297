package annual

import (
	"slices"
	"strings"
)

// A stream is a table whose labels were broken over several lines, as they are
// when the text is copied out of a page laid out for printing: all words in a
// row, and where among them the figures stand.
type stream struct {
	words   string
	figures []found
	at      []int // of each figure, in words
}

// streamed joins the lines of a table; need is how many figures its rows have at
// most.
func streamed(all []line, need int) stream {
	var s stream
	var words strings.Builder
	for _, l := range all {
		var run []string
		flush := func() {
			row := foundIn(run)
			if picked, _, why := pick(run, need, true, -1); l.free && len(run) > need && why == "" {
				row = picked
			}
			for _, f := range row {
				s.figures, s.at = append(s.figures, f), append(s.at, words.Len())
			}
			run = nil
		}
		for _, c := range l.cells {
			switch k, _ := classify(c); k {
			case isWords:
				flush()
				words.WriteString(spelling.Replace(c))
			case isFigure, isSlash:
				run = append(run, c)
			}
		}
		flush()
	}
	s.words = words.String()
	return s
}

// short labels stand in other labels too.
var short = map[string]bool{"其他": true, "总计": true}

// inOrder gives the figures to the rows of a table in their order: labels are the
// rows' words, each of which must stand in the text once and behind the last,
// and sizes how many figures each row has. No figure may be missing or too many,
// and each must stand between the label before its own and the label behind it.
func (s stream) inOrder(labels []string, sizes []int) (rows [][]found, ok bool) {
	type span struct{ begin, end int }
	spans := make([]span, len(labels))
	from := 0
	for i, label := range labels {
		at := strings.Index(s.words[from:], label)
		if at < 0 {
			return nil, false
		}
		spans[i] = span{from + at, from + at + len(label)}
		from = spans[i].end
		if !short[label] && strings.Count(s.words, label) != 1 {
			return nil, false
		}
	}
	n := 0
	for i, size := range sizes {
		if n+size > len(s.figures) {
			return nil, false
		}
		for _, at := range s.at[n : n+size] {
			if i > 0 && at < spans[i-1].end || i+1 < len(spans) && at > spans[i+1].begin {
				return nil, false
			}
		}
		rows = append(rows, s.figures[n:n+size])
		n += size
	}
	return rows, n == len(s.figures)
}

// byOrder reads a table by the order of its rows, when that is certain, and says
// whether it was.
func (r *reader) byOrder(all []line, labels []string, codes [][]Code) bool {
	sizes := make([]int, len(codes))
	for i, c := range codes {
		sizes[i] = len(c)
	}
	rows, ok := streamed(all, slices.Max(sizes)).inOrder(labels, sizes)
	if !ok {
		return false
	}
	for i, row := range rows {
		for j, f := range row {
			code := codes[i][j]
			if !f.amount.IsWhole() && code != "T2.E1" {
				return false
			}
			if read, there := r.figures[code]; there && read != f.amount {
				return false
			}
		}
	}
	of := func(c Code) bool {
		return slices.ContainsFunc(codes, func(row []Code) bool { return slices.Contains(row, c) })
	}
	r.stroked, r.empty = slices.DeleteFunc(r.stroked, of), slices.DeleteFunc(r.empty, of)
	for i, row := range rows {
		r.set(codes[i], row)
	}
	r.note("annual.read_by_order", string(codes[0][0]))
	return true
}
