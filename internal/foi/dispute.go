package foi

import (
	"time"

	"gongkai/internal/calendar"
)

// The clocks of disputes. A period of calendar days or months leaves out the
// day it begins; when its last day is free it ends on the next working day
// (DC-5). The days of 行政复议法 up to ten are working days (DC-6).

// ReviewUntil is the last day an applicant who knew of the answer on a day may
// apply for reconsideration: 60 days (DL-16, FYF20).
func ReviewUntil(c *calendar.Calendar, known time.Time) (time.Time, error) {
	return c.OnOrAfter(calendar.Midnight(known).AddDate(0, 0, 60))
}

// CourtUntil is the last day to go to court directly: 6 months (DL-17, SSF46).
func CourtUntil(c *calendar.Calendar, known time.Time) (time.Time, error) {
	return c.OnOrAfter(addMonths(known, 6))
}

// CourtAfterReview is the last day to go to court against a reconsideration
// decision: 15 days (DL-17, SSF45).
func CourtAfterReview(c *calendar.Calendar, served time.Time) (time.Time, error) {
	return c.OnOrAfter(calendar.Midnight(served).AddDate(0, 0, 15))
}

// AnswerReviewBy is the last day the office may answer in reconsideration: 10
// working days from the copy, 5 in the simplified procedure; silence counts as
// an act without evidence (DL-18, FYF48, 54, 70).
func AnswerReviewBy(c *calendar.Calendar, copied time.Time, simplified bool) (time.Time, error) {
	if simplified {
		return c.AddWorkdays(copied, 5)
	}
	return c.AddWorkdays(copied, 10)
}

// AnswerCourtBy is the last day the office may answer in court: 15 days (DL-19,
// SSF67).
func AnswerCourtBy(c *calendar.Calendar, copied time.Time) (time.Time, error) {
	return c.OnOrAfter(calendar.Midnight(copied).AddDate(0, 0, 15))
}

// ReviewDecidedBy is the last day of the reconsideration organ: 60 days, 90 when
// it prolonged, 30 in the simplified procedure (DL-20, FYF62).
func ReviewDecidedBy(c *calendar.Calendar, accepted time.Time, simplified, prolonged bool) (time.Time, error) {
	days := 60
	switch {
	case simplified:
		days = 30
	case prolonged:
		days = 90
	}
	return c.OnOrAfter(calendar.Midnight(accepted).AddDate(0, 0, days))
}

// addMonths is the same day n months later, or the last day of that month when
// it has no such day.
func addMonths(t time.Time, n int) time.Time {
	t = calendar.Midnight(t)
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, calendar.Zone)
	last := first.AddDate(0, 1, -1)
	return first.AddDate(0, 0, min(t.Day(), last.Day())-1)
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, calendar.Zone)
}
