package foi

import (
	"context"
	"fmt"

	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/org"
)

var (
	ErrFeeScale  = fault.New(fault.Invalid, "foi.fee_scale")
	ErrFeeFree   = fault.New(fault.Conflict, "foi.fee_free")  // nth or pages: nothing is due
	ErrFeeAmount = fault.New(fault.Invalid, "foi.fee_amount") // yuan that was asked for
)

// FeeScales lists the two ways to count a fee.
var FeeScales = []FeeScale{ByPiece, ByVolume}

// Fee is what one application costs, and why.
type Fee struct {
	Scale FeeScale
	Nth   int // application of the same applicant in the calendar month it was received in
	Pages int
	Yuan  int
}

// Words say how the fee was counted, as the notice has to.
func (f Fee) Words() string {
	if f.Scale == ByVolume {
		return fmt.Sprintf("按量计收，共%d页，计%d元", f.Pages, f.Yuan)
	}
	return fmt.Sprintf("按件计收，本自然月第%d件，计%d元", f.Nth, f.Yuan)
}

// fee counts what a request costs by one scale (国办函〔2020〕109号 第三条至第五条). What
// is free is refused: no notice is sent for nothing.
func (a *act) fee(scale FeeScale, pages int) (f Fee, err error) {
	f = Fee{Scale: scale, Pages: pages}
	switch scale {
	case ByVolume:
		if pages < 1 {
			return f, ErrFeeCount.On("pages")
		}
		if f.Yuan, err = VolumeFee(pages); err != nil {
			return f, err
		}
	case ByPiece:
		if f.Nth, err = a.nth(); err != nil {
			return f, err
		}
		f.Pages, f.Yuan = 0, PieceFee(f.Nth)
	default:
		return f, ErrFeeScale.On("scale")
	}
	if f.Yuan == 0 {
		return f, ErrFeeFree.On("scale").With("nth", f.Nth).With("pages", f.Pages)
	}
	return f, nil
}

// nth is the place of the request among those of the same applicant that were
// received in the same calendar month.
func (a *act) nth() (int, error) {
	if a.r.ReceivedOn.IsZero() {
		return 0, ErrNotReceived
	}
	sealed, err := findEnvelopes(a.tx, []int64{a.r.ApplicantID})
	if err != nil {
		return 0, err
	}
	who, err := a.desk.keys.open(sealed[a.r.ApplicantID])
	if err != nil {
		return 0, err
	}
	return inMonth(a.tx, a.r, a.desk.keys.lookups(byIdentity, who.IDNumber))
}

// Charge counts what a request would cost; nothing is written.
func (k *Desk) Charge(ctx context.Context, actor org.Actor, request int64, scale FeeScale, pages int) (f Fee, err error) {
	err = k.db.Read(ctx, func(tx *db.Tx) error {
		a, err := k.enter(tx, actor, "foi.read")
		if err != nil {
			return err
		}
		if a.r, err = oneRequest(tx, "id = ? AND organisation_id = ?", request, a.actor.OrganisationID); err != nil {
			return err
		}
		f, err = a.fee(scale, pages)
		return err
	})
	return f, err
}

// charged fills in what the rules know of a fee event: the sum asked for, which
// nobody types, and that what was paid is that sum.
func (a *act) charged(e *Event, events []Event) error {
	if e.Kind == FeeAsked {
		f, err := a.fee(e.Scale, e.Pages)
		if err != nil {
			return err
		}
		e.Amount = f.Yuan
		if e.Note == "" {
			e.Note = f.Words()
		} else {
			e.Note = f.Words() + "。" + e.Note
		}
		return nil
	}
	asked := 0
	for _, x := range inOrder(events) {
		if x.Kind == FeeAsked {
			asked, e.Scale = x.Amount, x.Scale
		}
	}
	if e.Amount == 0 {
		e.Amount = asked
	}
	if asked != 0 && e.Amount != asked {
		return ErrFeeAmount.On("amount").With("yuan", asked)
	}
	return nil
}

// DraftFee writes the notice of a fee with the sum and how it was counted.
func (k *Desk) DraftFee(ctx context.Context, actor org.Actor, request int64, scale FeeScale, pages int, words Words) (*Document, error) {
	return k.draft(ctx, actor, request, "fee", "", words, func(a *act, f *facts) error {
		fee, err := a.fee(scale, pages)
		if err != nil {
			return err
		}
		f.Amount, f.Basis = fmt.Sprint(fee.Yuan), fee.Words()
		return nil
	})
}
