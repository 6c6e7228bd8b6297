package foi

import "gongkai/internal/fault"

// FeeScale is how the fee of an application is counted: by piece or by volume,
// never both (国办函〔2020〕109号 第三条).
type FeeScale string

const (
	ByPiece  FeeScale = "piece"  // 按件
	ByVolume FeeScale = "volume" // 按量
)

// MaxFeeCount bounds what a fee is counted for; more is a slip of the pen.
const MaxFeeCount = 1_000_000

// ErrFeeCount is answered for a number of applications or pages out of range.
var ErrFeeCount = fault.New(fault.Invalid, "foi.fee_count").With("max", MaxFeeCount)

// PieceFee is what the n-th application of one applicant in one calendar month
// costs, in yuan: ten are free, the next twenty 100 each, then each further ten
// 100 more (国办函〔2020〕109号 第四条).
func PieceFee(n int) int {
	switch {
	case n <= 10:
		return 0
	case n <= 30:
		return 100
	}
	return 200 + 100*((n-31)/10)
}

// MonthFee is the sum of PieceFee over the n applications of a month, in yuan.
func MonthFee(n int) (int, error) {
	if n < 0 || n > MaxFeeCount {
		return 0, ErrFeeCount
	}
	sum := 0
	for i := 1; i <= n; i++ {
		sum += PieceFee(i)
	}
	return sum, nil
}

// VolumeFee is what the pages given to one application cost, in yuan; a page is
// one side, at most A4 (国办函〔2020〕109号 第五条).
func VolumeFee(pages int) (int, error) {
	if pages < 0 || pages > MaxFeeCount {
		return 0, ErrFeeCount
	}
	return 10*min(max(pages-30, 0), 70) + 20*min(max(pages-100, 0), 100) + 40*max(pages-200, 0), nil
}
