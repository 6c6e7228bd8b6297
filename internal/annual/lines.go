package annual

import (
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"unicode"

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
	rule       = regexp.MustCompile(`^[\s|+:=_—–-]*[=_—–-]{3}[\s|+:=_—–-]*$`)
	pageNumber = regexp.MustCompile(`^\s*(?:[—–-]+\s*[0-9０-９]{1,3}\s*[—–-]+|第\s*[0-9０-９]{1,3}\s*页.{0,12})\s*$`)
	thousands  = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)
)

func textLine(l string) []line {
	if rule.MatchString(l) || pageNumber.MatchString(l) {
		return nil
	}
	wide := compared(l)
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
	default:
		if cells = quoted(wide); cells != nil {
			break
		}
		if sep := separator(wide); sep != "" {
			cells = strings.Split(wide, sep)
			break
		}
		cells, free = fields(wide), true
	}
	out := line{plain: l, free: free}
	for _, c := range cells {
		out.cells = append(out.cells, labelled(flatten(c))...)
	}
	return []line{out}
}

// labelled parts a label from the figures behind its colon.
func labelled(c string) []string {
	label, rest, _ := strings.Cut(c, ":")
	if k, _ := classify(label); k != isEmpty && (k != isWords || unicode.IsDigit(rune(label[len(label)-1]))) {
		return []string{c}
	}
	for _, mark := range []string{"、", ";", ","} {
		figures := strings.Split(rest, mark)
		if !slices.ContainsFunc(figures, func(f string) bool { k, _ := classify(f); return k != isFigure && k != isSlash }) {
			return append([]string{label}, figures...)
		}
	}
	return []string{c}
}

// fields are the cells of a line told apart by blanks; a unit belongs to the
// figure before it.
func fields(l string) (cells []string) {
	for _, c := range strings.Fields(l) {
		if n := len(cells); n > 0 && aUnit.MatchString(c) {
			if k, _ := classify(flatten(cells[n-1])); k == isFigure {
				cells[n-1] += c
				continue
			}
		}
		cells = append(cells, c)
	}
	return cells
}

// quoted are the cells of a line of a .csv some of whose cells stand in quotation
// marks; nil when it is none.
func quoted(l string) []string {
	if !strings.HasPrefix(l, `"`) && !strings.Contains(l, `,"`) {
		return nil
	}
	cells, err := csv.NewReader(strings.NewReader(l)).Read()
	if err != nil || len(cells) < 2 {
		return nil
	}
	return cells
}

// separator is the mark that parts the cells of a line, "" for none.
func separator(l string) string {
	for _, mark := range []string{",", ";", "、"} {
		if parted(l, mark) {
			return mark
		}
	}
	return ""
}

// parted says that a mark parts the cells of a line: words first, then figures
// only. A comma inside a number has digits before it and is none of these.
func parted(l, mark string) bool {
	all := strings.Split(l, mark)
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
	aUnit    = regexp.MustCompile(`^(?:件|条|人|项|个|万元|元)$`)
	stroke   = regexp.MustCompile(`^(?:[/\\—–\-_]{1,4}|无|零|〇)$`)
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
