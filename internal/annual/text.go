package annual

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"gongkai/internal/check"
)

// Titles are the six parts of the report, Heads the five of its first part
// (国办公开办函〔2021〕30号).
var (
	Titles = []string{"总体情况", "主动公开政府信息情况", "收到和处理政府信息公开申请情况", "政府信息公开行政复议、行政诉讼情况", "存在的主要问题及改进情况", "其他需要报告的事项"}
	Heads  = []string{"主动公开", "依申请公开", "政府信息管理", "政府信息公开平台建设", "监督保障"}
)

// maxSummary is how many characters, blanks left out, part 一 should not pass.
const maxSummary = 1000

// Text is the prose of a report.
type Text struct {
	Title string
	Parts []Part // in the order they stand
	Heads []Part // of part 一
	Lines []string
}

// Part is a heading, without its number, and what stands under it.
type Part struct {
	Title string
	Text  string
}

var (
	partLine = regexp.MustCompile(`^([一二三四五六])、(.{2,30})$`)
	headLine = regexp.MustCompile(`^[(（]([一二三四五六七])[)）](.{2,20}?)(?:情况)?(?:[。：:](.*))?$`)
	sixTitle = regexp.MustCompile(`总体情况|主动公开|申请|复议|问题|其他`)
	footnote = regexp.MustCompile(`([0-9])\[[0-9]{1,2}\]`)
	yearIn   = regexp.MustCompile(`(20\d\d)年`)
)

// readText finds the parts of a report among its paragraphs.
func readText(title string, lines []string) *Text {
	t := &Text{Title: title, Lines: lines}
	for _, l := range lines {
		flat := flatten(l)
		if m := partLine.FindStringSubmatch(flat); m != nil && sixTitle.MatchString(m[2]) {
			t.Parts = append(t.Parts, Part{Title: m[2]})
			continue
		}
		if len(t.Parts) == 0 {
			continue
		}
		last := &t.Parts[len(t.Parts)-1]
		last.Text += l + "\n"
		if len(t.Parts) > 1 {
			continue
		}
		if m := headLine.FindStringSubmatch(flat); m != nil {
			t.Heads = append(t.Heads, Part{Title: m[2], Text: m[3]})
		} else if n := len(t.Heads); n > 0 {
			t.Heads[n-1].Text += flat
		}
	}
	return t
}

// flatten is a line as it is compared: full and half width alike, no blanks.
func flatten(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '*' {
			return -1
		}
		return r
	}, compared(s))
}

// compared brings full and half width, and other ways of writing the same sign,
// together. The mark of a footnote is none of the figure it stands at; a circled
// number is a number of a list.
func compared(s string) string {
	var b strings.Builder
	last := ' '
	for _, r := range s {
		switch {
		case unicode.Is(unicode.No, r) && unicode.IsDigit(last):
			continue
		case r >= '①' && r <= '⑳':
			b.WriteString(strconv.Itoa(int(r-'①')+1) + ".")
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return footnote.ReplaceAllString(norm.NFKC.String(b.String()), "$1")
}

// Year is the year the report is about, as its title says, or 0.
func (t *Text) Year() int {
	if m := yearIn.FindStringSubmatch(flatten(t.Title)); m != nil {
		y, _ := strconv.Atoi(m[1])
		return y
	}
	return 0
}

// headAliases are heads as offices write them (domain 5.6 no. 7).
var headAliases = map[string]string{"政务公开平台管理维护": "政府信息公开平台建设", "政府信息主动公开": "主动公开", "主动公开政府信息": "主动公开", "平台建设": "政府信息公开平台建设",
	"政府信息公开依申请公开": "依申请公开", "政府信息公开平台管理维护": "政府信息公开平台建设", "信息公开平台建设": "政府信息公开平台建设", "政府信息依申请公开": "依申请公开"}

func headings(s Subject) (all []check.Finding) {
	if s.Text == nil {
		return nil
	}
	for i, want := range Titles {
		if i >= len(s.Text.Parts) || flatten(want) != s.Text.Parts[i].Title {
			have := ""
			if i < len(s.Text.Parts) {
				have = s.Text.Parts[i].Title
			}
			all = append(all, finding("V-14", check.Hint, "part_"+strconv.Itoa(i+1), "have", have, "want", want))
		}
	}
	for i, want := range Heads {
		have := ""
		if i < len(s.Text.Heads) {
			have = s.Text.Heads[i].Title
		}
		if have == want {
			continue
		}
		f := finding("V-14", check.Hint, "head_"+strconv.Itoa(i+1), "have", have, "want", want)
		if headAliases[have] == want {
			f.Rule = "annual.v14_alias"
		}
		all = append(all, f)
	}
	if len(s.Text.Parts) > 0 {
		if n := len([]rune(flatten(s.Text.Parts[0].Text))); n > maxSummary {
			f := finding("V-14", check.Hint, "part_1", "have", n, "max", maxSummary)
			f.Rule = "annual.v14_length"
			all = append(all, f)
		}
	}
	return all
}

// Counts are numbers the prose repeats that stand in no table.
type Counts struct {
	Website   int
	WeChat    int
	Followers int
	FeeYuan   int
	Signed    int // manuscripts
	Returned  int // times
}

// A claim is a number the prose states. Zero may be said in words.
type claim struct {
	name   string
	number *regexp.Regexp // its first group is the number
	zero   *regexp.Regexp
	want   func(Subject) (Amount, bool)
}

func cellClaim(c Code) func(Subject) (Amount, bool) {
	return func(s Subject) (Amount, bool) { v, ok := s.Figures[c]; return v, ok }
}

func countClaim(of func(*Counts) int) func(Subject) (Amount, bool) {
	return func(s Subject) (Amount, bool) {
		if s.Counts == nil {
			return 0, false
		}
		return Whole(of(s.Counts)), true
	}
}

var claims = []claim{
	{"received", regexp.MustCompile(`(?:收到|新收|受理)[^。;,\d]{0,20}申请[^。;,\d]{0,6}(\d+)件`), regexp.MustCompile(`(?:未|没有)(?:新?收到|受理)[^。;,]{0,12}申请`), cellClaim(Cell3(RowNew, Columns))},
	{"reviews", regexp.MustCompile(`行政复议(?:案件)?(\d+)件`), regexp.MustCompile(`(?:没有|未发生|未产生|无)[^。;]{0,20}行政复议`), cellClaim("F5")},
	{"suits", regexp.MustCompile(`行政诉讼(?:案件)?(\d+)件`), regexp.MustCompile(`(?:没有|未发生|未产生|无)[^。;]{0,28}行政诉讼`), func(s Subject) (Amount, bool) {
		return s.Figures.sum("G5", "H5"), s.Figures.has("G5", "H5")
	}},
	{"fee", regexp.MustCompile(`信息处理费[^。;,\d]{0,6}(\d+)元`), regexp.MustCompile(`(?:未|没有)(?:收取|产生|发生)[^。;,]{0,8}信息处理费|信息处理费[^。;,\d]{0,8}(?:为零|0元)`), countClaim(func(c *Counts) int { return c.FeeYuan })},
	{"website", regexp.MustCompile(`网站[^。;\d]{0,16}(?:发布|公开)[^。;\d]{0,16}(\d+)条`), nil, countClaim(func(c *Counts) int { return c.Website })},
	{"wechat", regexp.MustCompile(`(?:微信|公众号)[^。;\d]{0,50}?(\d+)条`), nil, countClaim(func(c *Counts) int { return c.WeChat })},
	{"followers", regexp.MustCompile(`(?:关注量|关注人数|粉丝数?|关注用户)[^。;\d]{0,6}(\d+)人?`), nil, countClaim(func(c *Counts) int { return c.Followers })},
}

// stated lists each number a claim is stated with, in the order of the text.
func (c claim) stated(text string) (all []Amount) {
	for _, m := range c.number.FindAllStringSubmatch(text, -1) {
		if v, ok := ParseAmount(m[1]); ok {
			all = append(all, v)
		}
	}
	if c.zero != nil && c.zero.MatchString(text) {
		all = append(all, 0)
	}
	return all
}

// textAgrees compares the prose with the tables and the registers (V-09).
func textAgrees(s Subject) (all []check.Finding) {
	if s.Text == nil {
		return nil
	}
	text := flatten(strings.Join(s.Text.Lines, "\n"))
	for _, c := range claims {
		want, known := c.want(s)
		if !known {
			continue
		}
		for _, have := range c.stated(text) {
			if have != want {
				all = append(all, finding("V-09", check.Block, c.name, "have", have.String(), "want", want.String()))
				break
			}
		}
	}
	return all
}

// textRepeats compares the prose with itself (V-10).
func textRepeats(s Subject) (all []check.Finding) {
	if s.Text == nil {
		return nil
	}
	text := flatten(strings.Join(s.Text.Lines, "\n"))
	for _, c := range claims {
		stated := c.stated(text)
		for _, v := range stated {
			if v != stated[0] {
				all = append(all, finding("V-10", check.Block, c.name, "have", v.String(), "first", stated[0].String()))
				break
			}
		}
	}
	return all
}
