package check

import (
	"regexp"
	"time"
)

var (
	idNumber = regexp.MustCompile(`[1-9]\d{16}[\dXx]`)
	cardNo   = regexp.MustCompile(`\d{16,19}`)
)

// PersonalData finds resident identity numbers and bank card numbers, which are
// never published (domain 10.1).
var PersonalData = Rule{
	ID:    "personal_data",
	Basis: "《中华人民共和国个人信息保护法》第二十八条",
	Find: func(_, plain string) []Hit {
		var out []Hit
		for _, n := range idNumber.FindAllString(plain, -1) {
			if validID(n) {
				out = append(out, Hit{Code: "check.identity_number", Quote: n[:6] + "********" + n[14:]})
			}
		}
		for _, n := range cardNo.FindAllString(plain, -1) {
			if luhn(n) && !(len(n) == 18 && validID(n)) {
				out = append(out, Hit{Code: "check.bank_card", Quote: n[:4] + "****" + n[len(n)-4:]})
			}
		}
		return out
	},
}

// validID checks the date and the check digit of GB 11643.
func validID(n string) bool {
	if _, err := time.Parse("20060102", n[6:14]); err != nil {
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
