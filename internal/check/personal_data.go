package check

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Numbers may be written in full width, and with blanks or hyphens between the
// digits.
var (
	apart    = regexp.MustCompile(`[\p{Zs}\p{Cf}\p{Pd}]`)
	digits   = regexp.MustCompile(`\d(?:[\p{Zs}\p{Cf}\p{Pd}]{0,2}\d){16,}[\p{Zs}\p{Cf}\p{Pd}]{0,2}[Xx]?`)
	cardNo   = regexp.MustCompile(`\d{16,19}|(?:4\d|5[1-5]|62)\d\d(?:[\p{Zs}\p{Cf}\p{Pd}]\d{4}){3}(?:[\p{Zs}\p{Cf}\p{Pd}]\d{1,3}\b)?`)
	together = func(s string) string { return apart.ReplaceAllString(s, "") }
)

// PersonalData finds resident identity numbers and bank card numbers, which are
// never published (domain 10.1).
var PersonalData = Rule{
	ID:    "personal_data",
	Basis: "《中华人民共和国个人信息保护法》第二十八条",
	Find: func(_, plain string) []Hit {
		var out []Hit
		plain = norm.NFKC.String(plain)
		for _, run := range digits.FindAllString(plain, -1) {
			run = together(run)
			for i := range len(run) - 17 {
				if n := run[i : i+18]; validID(n) {
					out = append(out, Hit{Code: "check.identity_number", Quote: n[:6] + "********" + n[14:]})
				}
			}
		}
		for _, n := range cardNo.FindAllString(plain, -1) {
			if n = together(n); luhn(n) && !(len(n) == 18 && validID(n)) {
				out = append(out, Hit{Code: "check.bank_card", Quote: n[:4] + "****" + n[len(n)-4:]})
			}
		}
		return out
	},
}

// validID checks the date and the check digit of GB 11643.
func validID(n string) bool {
	if born, err := time.Parse("20060102", n[6:14]); err != nil || n[0] == '0' || born.Year() < 1850 || strings.ContainsAny(n[:17], "Xx") {
		return false
	}
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(n[i]-'0') * w
	}
	last := n[17]
	if last == 'x' {
		last = 'X'
	}
	return "10X98765432"[sum%11] == last
}

func luhn(n string) bool {
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
