package workflow

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

var postTitles = map[string]string{
	"drafter": "拟稿人", "section_head": "科室负责人", "office_editor": "办公室编审", "proofreader": "校对员",
	"confidentiality_officer": "保密审查员", "deputy_director": "分管领导", "signing_leader": "签发人",
	"publisher": "发布员", "foi_officer": "依申请公开经办人",
}

var actTitles = map[string]string{ActReview: "审核", ActProof: "校对", ActConfidentiality: "保密审查", ActSign: "签发"}

var channelTitles = map[string]string{"website": "网站", "wechat": "微信公众号"}

// DrawText draws the chain for a terminal or a mail.
func (d *Definition) DrawText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s（%s，第%d版）\n依据：%s\n\n", d.Title, d.ID, d.Version, d.Basis)
	fmt.Fprintf(&b, "  送审　%s\n", postTitles[d.SubmitPost])
	for i := range d.Steps {
		d.drawStep(&b, &d.Steps[i])
	}
	fmt.Fprintf(&b, "    ↓\n  %s　%s\n", d.goesOut(), d.outlets())
	for i := range d.AfterPublish {
		d.drawStep(&b, &d.AfterPublish[i])
	}
	b.WriteString("\n")
	for _, line := range d.rules() {
		b.WriteString(line + "\n")
	}
	return b.String()
}

func (d *Definition) drawStep(b *strings.Builder, s *Step) {
	fmt.Fprintf(b, "    ↓\n  %s　%s\n", s.Title, d.caption(s))
	if len(s.ReturnTo) > 0 {
		fmt.Fprintf(b, "    可退回：%s\n", strings.Join(d.titles(s.ReturnTo), "、"))
	}
	for _, item := range s.Checklist {
		gate, _ := d.GateTitle(item.Gate)
		fmt.Fprintf(b, "    □ %s（%s）\n", item.Text, gate)
	}
}

// caption says who does what within which time.
func (d *Definition) caption(s *Step) string {
	acts := make([]string, len(s.Acts))
	for i, a := range s.Acts {
		acts[i] = actTitles[a]
	}
	where := "本科室"
	if s.Scope == ScopeOrganisation {
		where = "全单位"
	}
	return fmt.Sprintf("%s · %s · %s · 时限%s", postTitles[s.Post], where, strings.Join(acts, "并"), d.length(s))
}

// length is the step's deadline in words: 补签 counts the clock, other steps
// working time.
func (d *Definition) length(s *Step) string {
	units := [3]string{"个工作日", "个工作小时", "工作分钟"}
	if d.index(s.ID) < 0 {
		units = [3]string{"天", "小时", "分钟"}
	}
	var out string
	for i, n := range []int{s.Deadline.Days, int(s.Deadline.Time.Hours()), int(s.Deadline.Time.Minutes()) % 60} {
		if n > 0 {
			out += fmt.Sprintf("%d%s", n, units[i])
		}
	}
	return out
}

func (d *Definition) titles(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = title(d, id)
		if id == Draft {
			out[i] = postTitles["drafter"]
		}
	}
	return out
}

// goesOut is what happens once it is signed.
func (d *Definition) goesOut() string {
	if slices.Contains(d.AppliesTo, AnswerKind) {
		return "送达"
	}
	return "发布"
}

func (d *Definition) outlets() string {
	if slices.Contains(d.AppliesTo, AnswerKind) {
		return "申请人"
	}
	var out []string
	for _, o := range d.Publish {
		s := channelTitles[o.Channel]
		var notes []string
		if o.After != "" {
			notes = append(notes, channelTitles[o.After]+"之后")
		}
		if o.Optional {
			notes = append(notes, "可选")
		}
		if len(notes) > 0 {
			s += "（" + strings.Join(notes, "，") + "）"
		}
		out = append(out, s)
	}
	return strings.Join(out, "、")
}

// rules are the lines below the drawing: who may not be whom.
func (d *Definition) rules() []string {
	out := []string{"拟稿人和改写过文字的人不得审核本稿"}
	for _, s := range d.all() {
		if reason, ok := d.DrafterMayActAt[s.ID]; ok {
			out[0] += fmt.Sprintf("（%s除外：%s）", s.Title, reason)
		}
	}
	for _, line := range d.Separate {
		out = append(out, "须为不同人员："+strings.Join(d.titles(line), "、"))
	}
	for _, s := range d.all() {
		if reason, ok := d.ConfidentialityMay[s.ID]; ok {
			out = append(out, fmt.Sprintf("保密审查与%s可为同一人：%s", s.Title, reason))
		}
	}
	return out
}

// Measures of the picture, in pixels.
const (
	boxX, boxWidth, boxHeight = 24, 400, 54
	gap                       = 26
	laneGap                   = 22
	headHeight                = 64
)

// DrawSVG draws the chain as a picture: boxes from top to bottom, on the right
// one lane per step with arrows to where it may return.
func (d *Definition) DrawSVG() string {
	type box struct{ id, title, caption, class string }
	boxes := []box{{Draft, "送审", postTitles[d.SubmitPost], "edge"}}
	for i := range d.Steps {
		s := &d.Steps[i]
		boxes = append(boxes, box{s.ID, s.Title, d.caption(s), "step"})
	}
	boxes = append(boxes, box{"", d.goesOut(), d.outlets(), "edge"})
	for i := range d.AfterPublish {
		s := &d.AfterPublish[i]
		boxes = append(boxes, box{s.ID, s.Title, d.caption(s), "later"})
	}
	top := func(i int) int { return headHeight + i*(boxHeight+gap) }
	rules := d.rules()
	under := fmt.Sprintf("%s 第%d版 · %s", d.ID, d.Version, d.Basis)
	width := boxX + max(boxWidth+30+len(d.Steps)*laneGap, 12*len([]rune(under))) + 24
	height := top(len(boxes)) + len(rules)*22 + 8

	var b strings.Builder
	esc := html.EscapeString
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n", esc(d.Title+"流程图"))
	b.WriteString(`<style>
text { font-family: "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; fill: #1f2933 }
.name { font-size: 17px; font-weight: 600 } .small { font-size: 12px; fill: #52606d } .head { font-size: 20px; font-weight: 600 }
.step { fill: #eef4fb; stroke: #2b5f9e } .edge { fill: #f5f0e6; stroke: #8a6d3b } .later { fill: #fff; stroke: #2b5f9e; stroke-dasharray: 5 4 }
.on { stroke: #2b5f9e; stroke-width: 1.6; fill: none } .back { stroke: #b4532a; fill: none }
</style>
<defs>
<marker id="on" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#2b5f9e"/></marker>
<marker id="back" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#b4532a"/></marker>
</defs>
`)
	fmt.Fprintf(&b, `<text class="head" x="%d" y="30">%s</text>`+"\n", boxX, esc(d.Title))
	fmt.Fprintf(&b, `<text class="small" x="%d" y="50">%s</text>`+"\n", boxX, esc(under))
	for i, x := range boxes {
		y := top(i)
		fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="6"/>`+"\n", x.class, boxX, y, boxWidth, boxHeight)
		fmt.Fprintf(&b, `<text class="name" x="%d" y="%d">%s</text>`+"\n", boxX+14, y+23, esc(x.title))
		fmt.Fprintf(&b, `<text class="small" x="%d" y="%d">%s</text>`+"\n", boxX+14, y+42, esc(x.caption))
		if i > 0 {
			fmt.Fprintf(&b, `<path class="on" marker-end="url(#on)" d="M%d %dV%d"/>`+"\n", boxX+boxWidth/2, y-gap, y-1)
		}
	}
	right := boxX + boxWidth
	for i := range d.Steps {
		s := &d.Steps[i]
		lane := right + 30 + i*laneGap
		from := top(i+1) + boxHeight/2
		for _, id := range s.ReturnTo {
			target := slices.IndexFunc(boxes, func(x box) bool { return x.id == id })
			at := top(target) + boxHeight - 6 - i*(boxHeight-12)/len(d.Steps)
			fmt.Fprintf(&b, `<path class="back" marker-end="url(#back)" d="M%d %dH%dV%dH%d"><title>%s</title></path>`+"\n",
				right, from, lane, at, right+2, esc(s.Title+"退回"+strings.Join(d.titles([]string{id}), "")))
		}
	}
	for i, line := range rules {
		fmt.Fprintf(&b, `<text class="small" x="%d" y="%d">%s</text>`+"\n", boxX, top(len(boxes))+6+i*22, esc(line))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
