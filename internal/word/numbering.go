package word

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
)

// A level is how one level of a numbering looks.
type level struct {
	format string // "decimal", "bullet", "chineseCounting" …
	text   string // "%1、"
	start  int
	style  string // paragraphs of this style are numbered so
}

// An abstract is a numbering with its counters, which all lists that use it
// share.
type abstract struct {
	levels [9]level
	count  [9]int
}

// A numbering is a list of a document.
type numbering struct {
	*abstract
	own     [9]*level
	restart [9]*int // at its first use
}

type numberings map[string]*numbering

func readNumberings(a *archive, part string) (numberings, error) {
	abstracts, all := map[string]*abstract{}, numberings{}
	err := a.parse(part, func(d *xml.Decoder, _ *xml.StartElement) error {
		return each(d, func(el string, e *xml.StartElement) error {
			switch el {
			case "w:abstractNum":
				x := &abstract{}
				for i := range x.levels {
					x.levels[i] = level{format: "decimal", start: 1}
				}
				abstracts[attr(e, "abstractNumId")] = x
				return each(d, func(el string, e *xml.StartElement) error {
					if el == "w:lvl" {
						l, err := readLevel(d)
						if i := ilvl(e); err == nil {
							x.levels[i] = l
						}
						return err
					}
					return d.Skip()
				})
			case "w:num":
				n := &numbering{}
				all[attr(e, "numId")] = n
				return each(d, func(el string, e *xml.StartElement) error {
					switch el {
					case "w:abstractNumId":
						n.abstract = abstracts[attr(e, "val")]
					case "w:lvlOverride":
						return n.override(d, ilvl(e))
					}
					return d.Skip()
				})
			}
			return d.Skip()
		})
	})
	for id, n := range all {
		if n.abstract == nil {
			delete(all, id)
		}
	}
	return all, err
}

func (n *numbering) override(d *xml.Decoder, at int) error {
	return each(d, func(el string, e *xml.StartElement) error {
		switch el {
		case "w:startOverride":
			from := number(attr(e, "val"))
			n.restart[at] = &from
		case "w:lvl":
			l, err := readLevel(d)
			n.own[at] = &l
			return err
		}
		return d.Skip()
	})
}

func ilvl(e *xml.StartElement) int { return min(max(number(attr(e, "ilvl")), 0), 8) }

// number reads a whole number that fits everywhere; what is none is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < -1_000_000 || n > 1_000_000 {
		return 0
	}
	return n
}

func readLevel(d *xml.Decoder) (level, error) {
	l := level{format: "decimal", start: 1}
	err := each(d, func(el string, e *xml.StartElement) error {
		switch el {
		case "w:numFmt":
			l.format = attr(e, "val")
		case "w:lvlText":
			l.text = attr(e, "val")
		case "w:start":
			l.start = number(attr(e, "val"))
		case "w:pStyle":
			l.style = attr(e, "val")
		}
		return d.Skip()
	})
	return l, err
}

func (n *numbering) level(i int) *level {
	if n.own[i] != nil {
		return n.own[i]
	}
	return &n.levels[i]
}

// next counts a paragraph of the list.
func (n *numbering) next(at int) int {
	for i := range at {
		if n.count[i] == 0 {
			n.count[i] = n.level(i).start
		}
	}
	switch {
	case n.restart[at] != nil:
		n.count[at] = *n.restart[at]
		n.restart[at] = nil
	case n.count[at] == 0:
		n.count[at] = n.level(at).start
	default:
		n.count[at]++
	}
	for i := at + 1; i < 9; i++ {
		n.count[i] = 0
	}
	return n.count[at]
}

var (
	placeholder = regexp.MustCompile(`%[1-9]`)
	plainLabel  = regexp.MustCompile(`^%[1-9][.、．)）]?$`)
)

// plain says that the level looks like a numbered list anywhere.
func (l *level) plain() bool { return l.format == "decimal" && plainLabel.MatchString(l.text) }

// label is what Word shows before the paragraph that was counted last.
func (n *numbering) label(at int) string {
	s := placeholder.ReplaceAllStringFunc(n.level(at).text, func(p string) string {
		i := int(p[1] - '1')
		return numeral(n.level(i).format, n.count[i])
	})
	if s != "" && s[len(s)-1] < 0x80 {
		s += " "
	}
	return s
}

// numeral writes a number in a format; formats we do not know are written in
// digits.
func numeral(format string, n int) string {
	nth := func(all string) string {
		if r := []rune(all); n >= 1 && n <= len(r) {
			return string(r[n-1])
		}
		return strconv.Itoa(n)
	}
	letter := func(first rune) string {
		if n < 1 || n > 26*9 {
			return strconv.Itoa(n)
		}
		return strings.Repeat(string(first+rune((n-1)%26)), (n-1)/26+1)
	}
	switch format {
	case "none":
		return ""
	case "chineseCounting", "chineseCountingThousand", "japaneseCounting", "chineseLegalSimplified", "ideographDigital", "taiwaneseCountingThousand", "koreanDigital":
		return chinese(n, format == "chineseLegalSimplified")
	case "ideographTraditional":
		return nth("甲乙丙丁戊己庚辛壬癸")
	case "ideographZodiac":
		return nth("子丑寅卯辰巳午未申酉戌亥")
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		return nth("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
	case "decimalEnclosedParen":
		return nth("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇")
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "decimalFullWidth", "decimalFullWidth2":
		return strings.Map(func(r rune) rune { return r - '0' + '０' }, strconv.Itoa(max(n, 0)))
	case "lowerLetter":
		return letter('a')
	case "upperLetter":
		return letter('A')
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	}
	return strconv.Itoa(n)
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var s strings.Builder
	for i, v := range []int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1} {
		for ; n >= v; n -= v {
			s.WriteString([]string{"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"}[i])
		}
	}
	return s.String()
}

// chinese writes 1 to 9999 in Chinese numerals, or in those of cheques.
func chinese(n int, cheque bool) string {
	if n < 0 || n > 9999 {
		return strconv.Itoa(n)
	}
	digits, units := []rune("〇一二三四五六七八九"), []string{"", "十", "百", "千"}
	if cheque {
		digits, units = []rune("零壹贰叁肆伍陆柒捌玖"), []string{"", "拾", "佰", "仟"}
	}
	if n == 0 {
		return string(digits[0])
	}
	out, gap := "", false
	for i, v := 3, 1000; i >= 0; i, v = i-1, v/10 {
		d := n / v % 10
		if d == 0 {
			gap = gap || out != ""
			continue
		}
		if gap {
			out += "零"
		}
		gap = false
		if !(i == 1 && d == 1 && out == "" && !cheque) {
			out += string(digits[d])
		}
		out += units[i]
	}
	return out
}
