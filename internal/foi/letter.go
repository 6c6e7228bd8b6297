package foi

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
)

// LetterKind is one of the documents of a request (domain 4.5).
type LetterKind string

// The documents in the order of a request's life, with what ends their number.
var letterKinds = []struct {
	kind   LetterKind
	suffix string
}{
	{"register", "登"},           // 登记表
	{"receipt", "收"},            // 接收回执
	{"correction", "补"},         // 补正告知书
	{"reasons", "理"},            // 说明理由告知书
	{"extension", "延"},          // 延期答复告知书
	{"consult_third", "征"},      // 征求意见书, third party
	{"consult_confirm", "征确"},   // 征求意见确认函
	{"consult_applicant", "征告"}, // 征求意见告知书, applicant
	{"third_told", "三告"},        // 依申请公开告知书, third party
	{"consult_joint", "共征"},     // 征求意见书, joint maker
	{"assist", "协"},             // 协办函
	{"fee", "费"},                // 收费通知书
	{AnswerLetter, "答"},         // 答复书
	{"service", "达"},            // 送达回证
}

// AnswerLetter is the decision itself; it goes with one of the 24 codes.
const AnswerLetter LetterKind = "answer"

// LetterKinds lists the kinds of letters.
func LetterKinds() (all []LetterKind) {
	for _, k := range letterKinds {
		all = append(all, k.kind)
	}
	return all
}

//go:embed letters/*.tmpl
var letterFiles embed.FS

var letters = template.Must(template.ParseFS(letterFiles, "letters/*.tmpl"))

// Document is a letter of a request (文书): drafted from its facts, edited, and from
// Finish on as it is. Title and Text are sealed under the applicant's key.
type Document struct {
	ID             int64
	OrganisationID int64
	RequestID      int64
	Kind           LetterKind
	Code           Code   // of an answer
	Number         string // "区科技局公开〔2026〕1号-答", once finished; never given twice
	Title, Text    string // lines; a blank to be filled in stands in 【】
	DraftedBy      int64
	DraftedAt      time.Time
	FinishedBy     int64
	FinishedAt     time.Time
	Version        int64
	RunID          int64   // of an answer's way through its chain; 0 before it was sent
	Authors        []int64 // who wrote in it
	Hash           string  // of code, title and text, where the words are read
}

// Final says that it cannot be changed any more.
func (l *Document) Final() bool { return !l.FinishedAt.IsZero() }

var (
	ErrLetterKind  = fault.New(fault.Invalid, "foi.letter_kind")
	ErrLetterCode  = fault.New(fault.Invalid, "foi.letter_code")
	ErrLetterBlank = fault.New(fault.Invalid, "foi.letter_blank") // blank
	ErrLetterFinal = fault.New(fault.Conflict, "foi.letter_final")
	ErrLetterTitle = fault.New(fault.Invalid, "foi.letter_title")
)

// facts are what the templates say.
type facts struct {
	Organ, To, Name, Agent, ApplicantKind string
	Register, Received, Due, Until        string
	Channel, Medium, Route                string
	Wanted, Features, Amount, Basis       string
	AnswerTitle, Answer, Remedies         string
}

// Words are how letters say what the program keeps as codes: "foi.channel.fax".
type Words func(code string) string

// longDate is a date as official documents write it (GB/T 9704): no leading zeros.
func longDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// answers say what each manner of answer must (domain 4.5).
func answer(o Outcome) string {
	basis := ""
	if o.Article != "" {
		basis = "根据《中华人民共和国政府信息公开条例》" + o.Article + "的规定，"
	}
	switch o.Code {
	case "D01":
		return "经查，你（单位）申请的政府信息已经主动公开。" + basis + "现告知获取该政府信息的方式、途径：【请写明方式、途径】"
	case "D02":
		return "经审查，你（单位）申请的政府信息可以公开。" + basis + "现予以公开：【请写明提供的内容，或者获取的方式、途径和时间】"
	case "D03":
		return "经审查，你（单位）申请的政府信息中含有不应当公开的内容，能够作区分处理。" + basis + "现公开可以公开的部分：【请写明公开的内容】\n其余部分不予公开，理由是：【请写明理由】"
	case "D12":
		return "你（单位）申请的信息属于【请写明领域】的查询事项，有关法律、行政法规对其获取有特别规定。" + basis + "请依照【请写明有关规定】办理。"
	case "D13":
		return "经检索，你（单位）申请的政府信息不存在。" + basis + "现予以告知。检索情况：【请写明检索的范围、方法和结果】"
	case "D14":
		return "你（单位）申请的政府信息不属于我单位负责公开。" + basis + "现予以告知并说明理由：【请写明理由】\n负责公开该政府信息的行政机关：【能够确定的，请写明名称、联系方式】"
	case "D15":
		return "你（单位）申请的政府信息需要我单位对现有政府信息进行加工、分析，我单位没有现成信息。" + basis + "不予提供。"
	case "D16":
		return "你（单位）的申请经补正后内容仍不明确。" + basis + "无法提供。不明确之处：【请写明】"
	case "D17":
		return "你（单位）以政府信息公开申请的形式进行信访、投诉、举报等活动。" + basis + "不作为政府信息公开申请处理。你（单位）可以通过【请写明相应渠道】提出。"
	case "D18":
		return "你（单位）就相同内容提出的申请，我单位已于【请填写日期】作出答复。" + basis + "不予重复处理。"
	case "D19":
		return "你（单位）的申请要求提供政府公报、报刊、书籍等公开出版物。" + basis + "现告知获取的途径：【请写明途径】"
	case "D20":
		return "你（单位）申请公开政府信息的数量、频次明显超过合理范围，所说明的理由不合理。" + basis + "不予处理。"
	case "D21":
		return "你（单位）要求我单位确认或者重新出具已经获取的政府信息，不予处理。"
	case "D22":
		return "你（单位）无正当理由逾期不补正申请。" + basis + "视为放弃申请，不再处理。"
	case "D23":
		return "你（单位）未按照收费通知的要求缴纳费用。" + basis + "视为放弃申请，不再处理。"
	case "D24":
		return "【请写明处理结果】"
	}
	return "经审查，你（单位）申请的政府信息不予公开，理由是：【请写明理由】\n" + basis + "决定不予公开。"
}

// remedies is the sentence about how to challenge an answer (复议前置, FYF23).
func remedies(r Remedy) string {
	const organ = "【请填写复议机关，如区人民政府】"
	switch r {
	case ReviewFirst:
		return "如对本答复不服，应当自收到本答复之日起60日内先向" + organ + "申请行政复议；对行政复议决定不服的，可以依法向人民法院提起行政诉讼。"
	case ReviewOrCourt:
		return "如对本答复不服，可以自收到本答复之日起60日内向" + organ + "申请行政复议，或者自收到本答复之日起6个月内向【请填写有管辖权的人民法院】提起行政诉讼。"
	}
	return ""
}

var answerTitles = map[Manner]string{Granted: "答复书", InPart: "答复书", Refused: "不予公开告知书", NotAvailable: "无法提供告知书", NotProcessed: "不予处理告知书", OtherHandling: "处理告知书"}

func (k *Desk) compose(kind LetterKind, code Code, organ string, r *Request, who Applicant, c Clock, now time.Time, words Words, more func(f *facts) error) (title, text string, err error) {
	f := facts{Organ: organ, To: who.Name, Name: who.Name, Agent: who.Agent, ApplicantKind: words("foi.kind." + string(r.Kind)), Register: r.Number, Received: cmp.Or(longDate(c.Received), "【请填写收到日期】"),
		Due: cmp.Or(longDate(c.Due), "【请填写答复期限】"), Channel: words("foi.channel." + string(r.Channel)), Medium: words("foi.medium." + r.Wish.Medium), Route: words("foi.route." + r.Wish.Route),
		Wanted: r.Wanted, Features: r.Features}
	switch kind {
	case "correction":
		f.Until = longDate(c.CorrectionUntil)
	case "fee":
		f.Until = longDate(c.FeeUntil)
	case AnswerLetter:
		o, ok := Look(code)
		if !ok {
			return "", "", ErrLetterCode.On("code")
		}
		f.AnswerTitle, f.Answer, f.Remedies = answerTitles[o.Manner], answer(o), remedies(RemedyOf(code, now))
	case "third_told":
		f.Remedies = remedies(ReviewOrCourt)
	}
	if err := more(&f); err != nil {
		return "", "", err
	}
	var b strings.Builder
	if err := letters.ExecuteTemplate(&b, string(kind)+".tmpl", f); err != nil {
		return "", "", err
	}
	title, text, _ = strings.Cut(strings.TrimSpace(b.String()), "\n")
	return title, text, nil
}

// Draft writes a letter of a kind from the request's facts, for somebody to fill
// in its blanks. code is that of an answer.
func (k *Desk) Draft(ctx context.Context, actor org.Actor, request int64, kind LetterKind, code Code, words Words) (*Document, error) {
	return k.draft(ctx, actor, request, kind, code, words, nil)
}

func (k *Desk) draft(ctx context.Context, actor org.Actor, request int64, kind LetterKind, code Code, words Words, more func(a *act, f *facts) error) (l *Document, err error) {
	if kind != AnswerLetter {
		code = ""
	}
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.handle")
		if err != nil {
			return err
		}
		if !slices.Contains(LetterKinds(), kind) {
			return ErrLetterKind.On("letter")
		}
		own, err := a.lettering(request)
		if err != nil {
			return err
		}
		who, err := k.keys.open(own)
		if err != nil {
			return err
		}
		events, err := eventsOf(tx, []int64{request})
		if err != nil {
			return err
		}
		office, err := org.FindUnit(tx, a.r.OrganisationID)
		if err != nil {
			return err
		}
		l = &Document{OrganisationID: a.r.OrganisationID, RequestID: request, Kind: kind, Code: code, DraftedBy: a.actor.PersonID, DraftedAt: tx.Now(), Authors: a.persons()}
		if l.Title, l.Text, err = k.compose(kind, code, cmp.Or(office.FullName, office.Name), a.r, who, Read(k.calendar, events[request], tx.Now()), tx.Now(), words, func(f *facts) error {
			if more == nil {
				return nil
			}
			return more(a, f)
		}); err != nil {
			return err
		}
		if err := k.insertLetter(tx, own, l); err != nil {
			return err
		}
		return a.record("foi.letter_drafted", map[string]any{"letter": l.ID, "kind": string(kind), "code": string(code)})
	})
	return l, err
}

// lettering locks a request for an act on its letters and answers what opens them.
func (a *act) lettering(request int64) (own envelope, err error) {
	if a.r, err = oneRequest(a.tx, "id = ? AND organisation_id = ?"+a.tx.ForUpdate(), request, a.actor.OrganisationID); err != nil {
		return own, err
	}
	all, err := findEnvelopes(a.tx, []int64{a.r.ApplicantID})
	return all[a.r.ApplicantID], err
}

// Rewrite changes a letter that is not final, seen at a version.
func (k *Desk) Rewrite(ctx context.Context, actor org.Actor, id, seen int64, title, text string) (l *Document, err error) {
	if title, err = manuscript.Line("title", title, 100); err != nil {
		return nil, err
	}
	if text, err = manuscript.Note("text", text, 20_000); err != nil {
		return nil, err
	}
	if title == "" {
		return nil, ErrLetterTitle.On("title")
	}
	return k.onLetter(ctx, actor, id, seen, "foi.handle", func(a *act, own envelope, l *Document) error {
		if err := a.atDesk(l); err != nil {
			return err
		}
		l.Title, l.Text, l.Authors = title, text, unique(append(l.Authors, a.persons()...))
		if err := k.saveLetter(a.tx, own, l); err != nil {
			return err
		}
		return a.record("foi.letter_changed", map[string]any{"letter": l.ID})
	})
}

// Finish gives a letter its number and makes it final. It refuses while a blank is
// not filled in. An answer becomes final when it is signed on its chain.
func (k *Desk) Finish(ctx context.Context, actor org.Actor, id, seen int64) (*Document, error) {
	return k.onLetter(ctx, actor, id, seen, "foi.answer", func(a *act, own envelope, l *Document) error {
		if l.Kind == AnswerLetter {
			return ErrLetterChain
		}
		if err := l.filled(); err != nil {
			return err
		}
		return a.finish(own, l)
	})
}

// filled refuses a letter with a blank.
func (l *Document) filled() error {
	_, rest, open := strings.Cut(l.Title+"\n"+l.Text, "【")
	if !open {
		return nil
	}
	blank, _, _ := strings.Cut(rest, "】")
	return ErrLetterBlank.On("text").With("blank", blank)
}

func (a *act) finish(own envelope, l *Document) error {
	office, err := org.FindUnit(a.tx, l.OrganisationID)
	if err != nil {
		return err
	}
	n, err := finishedOf(a.tx, l.RequestID, l.Kind)
	if err != nil {
		return err
	}
	l.Number = letterNumber(cmp.Or(office.ShortName, office.Name), a.r.Number, l.Kind, n+1)
	l.FinishedBy, l.FinishedAt = a.actor.PersonID, a.tx.Now()
	if err := a.desk.saveLetter(a.tx, own, l); err != nil {
		return err
	}
	return a.record("foi.letter_finished", map[string]any{"letter": l.ID, "number": l.Number})
}

// letterNumber is that of the n-th letter of a kind: all letters of a request go
// under its number in the register.
func letterNumber(organ, register string, kind LetterKind, n int) string {
	year, no, _ := strings.Cut(register, "-")
	i := slices.IndexFunc(letterKinds, func(k struct {
		kind   LetterKind
		suffix string
	}) bool {
		return k.kind == kind
	})
	number := fmt.Sprintf("%s公开〔%s〕%s号-%s", organ, year, strings.TrimLeft(no, "0"), letterKinds[i].suffix)
	if n > 1 {
		number += strconv.Itoa(n)
	}
	return number
}

func (k *Desk) onLetter(ctx context.Context, actor org.Actor, id, seen int64, name string, fn func(a *act, own envelope, l *Document) error) (*Document, error) {
	return k.withLetter(ctx, actor, id, name, func(a *act, own envelope, l *Document) error {
		switch {
		case l.Final():
			return ErrLetterFinal.With("number", l.Number)
		case l.Version != seen:
			return ErrChanged.With("version", l.Version)
		}
		return fn(a, own, l)
	})
}

func (k *Desk) withLetter(ctx context.Context, actor org.Actor, id int64, name string, fn func(a *act, own envelope, l *Document) error) (l *Document, err error) {
	err = k.db.Write(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, name)
		if err != nil {
			return err
		}
		row, err := letterByID(tx, id)
		if err != nil {
			return err
		}
		own, err := a.lettering(row.RequestID)
		if err != nil {
			return err
		}
		if l, err = k.openLetter(own, row); err != nil {
			return err
		}
		return fn(a, own, l)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// OpenLetter reads a letter in full, which is recorded: it names the applicant.
func (k *Desk) OpenLetter(ctx context.Context, actor org.Actor, id int64) (*Document, error) {
	return k.withLetter(ctx, actor, id, "foi.read", func(a *act, _ envelope, l *Document) error {
		return a.record("foi.letter_read", map[string]any{"letter": id})
	})
}

// HTML is the letter in the canonical form of texts, for paper and .docx: the
// salutation stands at the edge, organ and date at the right.
func (l *Document) HTML(organ string, on time.Time) string {
	var b strings.Builder
	for i, line := range strings.Split(l.Text, "\n") {
		if line = strings.TrimSpace(line); line != "" || i > 0 {
			b.WriteString("<p>" + html.EscapeString(line) + "</p>\n")
		}
	}
	b.WriteString(`<p class="ta-r">` + html.EscapeString(organ) + "</p>\n" + `<p class="ta-r">` + longDate(on) + "</p>\n")
	return b.String()
}
