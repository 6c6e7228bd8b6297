package httpapi

import (
	"time"

	"gongkai/internal/httpserver"
	"gongkai/internal/proof"
	"gongkai/internal/review"
)

type remarkedBody struct {
	ID          int64       `json:"id"`
	Revision    int         `json:"revision"`
	Kind        string      `json:"kind"`
	State       string      `json:"state"`
	Quote       string      `json:"quote"`
	Prefix      string      `json:"prefix"`
	Suffix      string      `json:"suffix"`
	Text        string      `json:"text"`
	Replacement string      `json:"replacement"`
	By          personBody  `json:"by"`
	For         *personBody `json:"for,omitempty"`
	At          time.Time   `json:"at"`
	Found       string      `json:"found,omitempty"` // exact, quote or context; absent for an orphan
	Paragraph   int         `json:"paragraph,omitempty"`
	Start       int         `json:"start"`
	End         int         `json:"end"`
	DecidedBy   *personBody `json:"decided_by,omitempty"`
	DecidedAt   *time.Time  `json:"decided_at,omitempty"`
	Reason      string      `json:"reason,omitempty"`
	Replies     []replyBody `json:"replies"`
}

type replyBody struct {
	By   personBody `json:"by"`
	At   time.Time  `json:"at"`
	Text string     `json:"text"`
}

func remarks(v *review.View) []remarkedBody {
	who := func(id int64) personBody { return personBody{id, v.Names[id]} }
	whom := func(id int64) *personBody {
		if id == 0 {
			return nil
		}
		p := who(id)
		return &p
	}
	out := []remarkedBody{}
	for _, r := range v.Remarks {
		b := remarkedBody{ID: r.ID, Revision: r.Revision, Kind: string(r.Kind), State: string(r.State), Quote: r.Anchor.Quote, Prefix: r.Anchor.Prefix, Suffix: r.Anchor.Suffix,
			Text: r.Text, Replacement: r.Replacement, By: who(r.By), For: whom(r.For), At: r.At, DecidedBy: whom(r.DecidedBy), DecidedAt: when(r.DecidedAt), Reason: r.Reason, Replies: []replyBody{}}
		if p := r.Place; p.How != proof.Orphan {
			b.Found, b.Paragraph, b.Start, b.End = string(p.How), p.Block+1, p.Start, p.End
		}
		for _, x := range r.Replies {
			b.Replies = append(b.Replies, replyBody{who(x.By), x.At, x.Text})
		}
		out = append(out, b)
	}
	return out
}

type quoteBody struct {
	Revision int    `json:"revision"`
	Words    string `json:"quote"`
	Prefix   string `json:"prefix"`
	Suffix   string `json:"suffix"`
}

func (b quoteBody) quote() review.Quote { return review.Quote(b) }

type newRemarkBody struct {
	quoteBody
	Kind        string `json:"kind"`
	Text        string `json:"text"`
	Replacement string `json:"replacement"`
}

type remarkIDBody struct {
	ID int64 `json:"id"`
}

func (s *API) remark(r *request, in newRemarkBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	made, err := s.Desk.Remark(r.ctx, r.actor, id, in.quote(), proof.Remark{Kind: proof.Kind(in.Kind), Text: in.Text, Replacement: in.Replacement})
	if err != nil {
		return httpserver.Answer{}, err
	}
	return created(remarkIDBody{made.ID})
}

type reanchorBody struct {
	quoteBody
	Remark int64 `json:"remark"`
}

func (s *API) reanchor(r *request, in reanchorBody) (httpserver.Answer, error) {
	return s.onRemarks(r, func(id int64) error { return s.Desk.Reanchor(r.ctx, r.actor, id, in.Remark, in.quote()) })
}

type answerBody struct {
	Remark int64  `json:"remark"`
	Text   string `json:"text"`
}

func (s *API) answerRemark(r *request, in answerBody) (httpserver.Answer, error) {
	return s.onRemarks(r, func(id int64) error { return s.Desk.Answer(r.ctx, r.actor, id, in.Remark, in.Text) })
}

type declineBody struct {
	Remarks []int64 `json:"remarks"`
	Note    string  `json:"note"`
}

func (s *API) declineRemarks(r *request, in declineBody) (httpserver.Answer, error) {
	return s.onRemarks(r, func(id int64) error { return s.Desk.Decline(r.ctx, r.actor, id, in.Remarks, in.Note) })
}

type closeBody struct {
	Remarks []int64 `json:"remarks"`
}

func (s *API) closeRemarks(r *request, in closeBody) (httpserver.Answer, error) {
	return s.onRemarks(r, func(id int64) error { return s.Desk.Close(r.ctx, r.actor, id, in.Remarks) })
}

func (s *API) onRemarks(r *request, do func(id int64) error) (httpserver.Answer, error) {
	id, err := r.id()
	if err == nil {
		err = do(id)
	}
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}

type takeBody struct {
	seenBody
	Remarks []int64 `json:"remarks"`
	Note    string  `json:"note"`
}

func (s *API) takeRemarks(r *request, in takeBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	if in.Note == "" {
		in.Note = s.Words.Say(langOf(r), "staff.remark.taken_note", map[string]any{"n": len(in.Remarks)})
	}
	return summarised(s.Desk.Take(r.ctx, r.actor, id, in.seen(), in.Remarks, in.Note))
}
