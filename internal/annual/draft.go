package annual

import (
	"html"
	"strings"

	"gongkai/internal/body"
)

// Report is a whole report: figures and filled prose.
type Report struct {
	Organ     string // full name
	Year      string
	Figures   Figures
	Narrative Narrative
}

// Title is the report's title in the form of the format.
func (r Report) Title() string { return r.Organ + r.Year + "年政府信息公开工作年度报告" }

// ordinals number parts and heads.
const ordinals = "一二三四五六"

// HTML is the body of the report, its six parts in order, with the tables in
// the rows, columns and merged cells of the format. A figure that is not
// reported leaves its cell empty.
func (r Report) HTML() string {
	var s strings.Builder
	para := func(text string) {
		for p := range strings.SplitSeq(text, "\n") {
			if p = strings.TrimSpace(p); p != "" {
				s.WriteString("<p>" + html.EscapeString(p) + "</p>\n")
			}
		}
	}
	para(r.Narrative.Lead)
	for i, title := range Titles {
		s.WriteString("<h2>" + string([]rune(ordinals)[i]) + "、" + title + "</h2>\n")
		switch i {
		case 0:
			for h, text := range r.Narrative.Heads {
				para("（" + string([]rune(ordinals)[h]) + "）" + Heads[h] + "。" + text)
			}
		case 1, 2, 3:
			s.WriteString(body.AnnualTable(i+1, r.Figures.Text()) + "\n")
		case 4:
			para(r.Narrative.Problems)
		case 5:
			para(r.Narrative.Other)
		}
	}
	return s.String()
}
