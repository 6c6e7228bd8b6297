package annual

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"gongkai/internal/body"
)

// line is one row of a table or one line of text, as words and figures.
type line struct {
	cells []string // flattened; may be empty in a table
	plain string   // the line as it stood
	free  bool     // the cells were told apart by blanks only: a number with a blank inside looks like two
}

// linesOfHTML are the paragraphs and table rows of a text in their order.
func linesOfHTML(html string) (all []line) {
	for _, n := range body.Nodes(html) {
		if n.Kind == "table" {
			text, err := body.HTML([]*body.Node{n})
			if err != nil {
				continue
			}
			for _, grid := range body.Cells(text) {
				for _, row := range grid {
					all = append(all, row2line(row))
				}
			}
			continue
		}
		text, err := body.HTML([]*body.Node{n})
		if err != nil {
			continue
		}
		for _, p := range body.Paragraphs(text) {
			all = append(all, textLine(p)...)
		}
	}
	return all
}

func row2line(row []string) line {
	l := line{plain: strings.Join(row, "\t")}
	for _, c := range row {
		l.cells = append(l.cells, flatten(c))
	}
	return l
}

// linesOfText are the lines of a plain text, whatever its tables were flattened
// to: tabs, pipes, commas, blanks.
func linesOfText(text string) (all []line) {
	for l := range strings.SplitSeq(text, "\n") {
		all = append(all, textLine(strings.TrimRight(l, "\r"))...)
	}
	return all
}

var (
	rule      = regexp.MustCompile(`^[\s|+:=_—–-]*[=_—–-]{3}[\s|+:=_—–-]*$`)
	thousands = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)
)

func textLine(l string) []line {
	if rule.MatchString(l) {
		return nil
	}
	wide := norm.NFKC.String(l)
	var cells []string
	free := false
	switch {
	case strings.TrimSpace(l) == "":
		return nil
	case strings.Contains(wide, "\t"):
		cells = strings.Split(wide, "\t")
	case strings.Contains(wide, "|"):
		cells = strings.Split(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(wide), "|"), "|"), "|")
	case strings.ContainsAny(wide, "│┃¦"):
		cells = strings.FieldsFunc(wide, func(r rune) bool { return strings.ContainsRune("│┃¦", r) })
	case commas(wide):
		cells = strings.Split(wide, ",")
	default:
		cells, free = strings.Fields(wide), true
	}
	out := line{plain: l, free: free}
	for _, c := range cells {
		out.cells = append(out.cells, flatten(c))
	}
	return []line{out}
}

// commas says that commas part the cells of a line: words first, then figures
// only. A comma inside a number has digits before it and is none of these.
func commas(l string) bool {
	all := strings.Split(l, ",")
	words := 0
	for i, c := range all {
		flat := flatten(c)
		if k, _ := classify(flat); k == isWords {
			if i != words || unicode.IsDigit(rune(flat[len(flat)-1])) {
				return false
			}
			words++
		} else if k == isEmpty && i == words {
			words++
		}
	}
	return words > 0 && words < len(all) || words == 0 && len(all) >= Columns
}

func figuresIn(cells []string) (n int) {
	for _, c := range cells {
		if k, _ := classify(flatten(c)); k == isFigure {
			n++
		}
	}
	return n
}

// kind of a cell.
type kind uint8

const (
	isEmpty kind = iota
	isFigure
	isSlash // a stroke in place of a figure
	isWords
)

var (
	measured = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(?:件|条|人|项|个|万元|元)$`)
	stroke   = regexp.MustCompile(`^(?:[/\\—–\-_]{1,4}|无|零)$`)
)

// classify tells words from figures.
func classify(flat string) (kind, Amount) {
	switch {
	case flat == "":
		return isEmpty, 0
	case stroke.MatchString(flat):
		return isSlash, 0
	case thousands.MatchString(flat):
		flat = strings.ReplaceAll(flat, ",", "")
	}
	if m := measured.FindStringSubmatch(flat); m != nil {
		flat = m[1]
	}
	if v, ok := ParseAmount(flat); ok {
		return isFigure, v
	}
	return isWords, 0
}

// tail is what stands behind the last words of a line: figures, strokes and
// empty cells; label is all words together and own the last of them.
func (l line) tail() (label, own string, rest []string) {
	last := -1
	for i, c := range l.cells {
		if k, _ := classify(c); k == isWords {
			last, own = i, c
			label += c
		}
	}
	return label, own, l.cells[last+1:]
}
