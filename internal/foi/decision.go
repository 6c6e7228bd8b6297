package foi

import "time"

// Code is one of the 24 ways a request ends (domain 4.5), "D01"…"D24". A
// request has exactly one (V-08).
type Code string

// Manner is what kind of answer a code is; the remedy follows it.
type Manner string

const (
	Granted       Manner = "granted"        // 予以公开
	InPart        Manner = "in_part"        // 部分公开
	Refused       Manner = "refused"        // 不予公开
	NotAvailable  Manner = "not_available"  // 无法提供
	NotProcessed  Manner = "not_processed"  // 不予处理
	OtherHandling Manner = "other_handling" // 其他处理
)

// Outcome is what the rules know about a code.
type Outcome struct {
	Code    Code
	Manner  Manner
	Article string // of the regulation, as the letter cites it
	Row     int    // of table 三, 3…23
	Ground  string // N1…N8 for a refusal (domain 3.3)
}

// Outcomes are the 24 codes in order.
var Outcomes = []Outcome{
	{"D01", Granted, "第三十六条第（一）项", 3, ""},
	{"D02", Granted, "第三十六条第（二）项", 3, ""},
	{"D03", InPart, "第三十七条", 4, ""},
	{"D04", Refused, "第十四条", 5, "N1"},
	{"D05", Refused, "第十四条", 6, "N2"},
	{"D06", Refused, "第十四条", 7, "N3"},
	{"D07", Refused, "第十五条", 8, "N4"},
	{"D08", Refused, "第十五条", 8, "N5"},
	{"D09", Refused, "第十六条第一款", 9, "N6"},
	{"D10", Refused, "第十六条第二款", 10, "N7"},
	{"D11", Refused, "第十六条第二款", 11, "N8"},
	{"D12", Refused, "第三十六条第（七）项", 12, "N9"},
	{"D13", NotAvailable, "第三十六条第（四）项", 13, ""},
	{"D14", NotAvailable, "第三十六条第（五）项", 13, ""},
	{"D15", NotAvailable, "第三十八条", 14, ""},
	{"D16", NotAvailable, "第三十条", 15, ""},
	{"D17", NotProcessed, "第三十九条第一款", 16, ""},
	{"D18", NotProcessed, "第三十六条第（六）项", 17, ""},
	{"D19", NotProcessed, "第三十九条第二款", 18, ""},
	{"D20", NotProcessed, "第三十五条", 19, ""},
	{"D21", NotProcessed, "", 20, ""},
	{"D22", OtherHandling, "第三十条", 21, ""},
	{"D23", OtherHandling, "第四十二条", 22, ""},
	{"D24", OtherHandling, "", 23, ""},
}

// Look finds a code's outcome.
func Look(c Code) (Outcome, bool) {
	for _, o := range Outcomes {
		if o.Code == c {
			return o, true
		}
	}
	return Outcome{}, false
}

// Remedy is how the applicant may challenge an answer.
type Remedy string

const (
	NoRemedy      Remedy = "none"            // the applicant withdrew, or let it lapse
	ReviewFirst   Remedy = "review_first"    // 复议前置: reconsideration before any court (FYF23(4))
	ReviewOrCourt Remedy = "review_or_court" // either
)

// reviewFirstSince is the day the revised 行政复议法 came into force.
var reviewFirstSince = day(2024, time.January, 1)

// RemedyOf is the remedy of an answer given on a day. A refusal given since
// 2024 must go to reconsideration first, and the answer must say so. Whether
// 行政查询事项 (D12) counts as a refusal is judged differently; here it does not
// (domain 4.5).
func RemedyOf(c Code, on time.Time) Remedy {
	o, _ := Look(c)
	switch {
	case o.Manner == OtherHandling:
		return NoRemedy
	case (o.Manner == Refused && c != "D12" || o.Manner == InPart) && !on.Before(reviewFirstSince):
		return ReviewFirst
	}
	return ReviewOrCourt
}
