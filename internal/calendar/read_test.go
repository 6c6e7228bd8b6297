package calendar

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// texts are the sentences of official notices.
var texts = map[int]string{
	2026: `国务院办公厅关于2026年部分节假日安排的通知
国办发明电〔2025〕7号

各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
　　经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
　　一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
　　二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
　　三、清明节：4月4日（周六）至6日（周一）放假，共3天。
　　四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
　　五、端午节：6月19日（周五）至21日（周日）放假，共3天。
　　六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
　　七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
　　节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作，遇有重大突发事件，要按规定及时报告并妥善处置，确保人民群众祥和平安度过节日假期。
　　　　　　　　国务院办公厅
　　　　　　　　2025年11月4日`,
	2025: `国务院办公厅关于2025年部分节假日安排的通知 国办发明电〔2024〕12号 经国务院批准，现将2025年放假调休日期的具体安排通知如下。一、元旦：1月1日（周三）放假1天，不调休。二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。三、清明节：4月4日（周五）至6日（周日）放假，共3天。四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。节假日期间，各地区、各部门要妥善安排好值班。国务院办公厅2024年11月12日`,
	2024: `关于2024年部分节假日安排的通知
一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。`,
	2023: `关于2023年部分节假日安排的通知
一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。`,
}

// TestNoticesAreReadFromTheirOfficialText compares every day of a year with the
// embedded table, which was typed in from the same notice.
func TestNoticesAreReadFromTheirOfficialText(t *testing.T) {
	for year, text := range texts {
		c := load(t)
		n, err := ReadNotice(text)
		if err != nil {
			t.Errorf("%d: %v", year, err)
			continue
		}
		read, err := c.With(n)
		if err != nil || n.Year != year {
			t.Errorf("%d: %v", n.Year, err)
			continue
		}
		for d := at(t, fmt.Sprintf("%d-01-01", year)); d.Year() == year; d = d.AddDate(0, 0, 1) {
			want, _ := c.IsWorkday(d)
			if got, _ := read.IsWorkday(d); got != want {
				t.Errorf("%s is worked: %v, the table says %v", must(t, d, nil), got, want)
			}
		}
	}
	if n, err := ReadNotice(texts[2026]); err != nil || n.Number != "国办发明电〔2025〕7号" || len(n.Holidays) != 7 || len(n.Workdays) != 6 {
		t.Errorf("%+v %v", n, err)
	}
	file, err := os.ReadFile("data/2025.json")
	if err != nil {
		t.Fatal(err)
	}
	n, err := ReadNotice(string(file))
	if err != nil || n.Year != 2025 {
		t.Errorf("its file: %v", err)
	}
	back, _ := json.Marshal(n)
	if again, err := ReadNotice(string(back)); err != nil || again.Year != 2025 {
		t.Errorf("again: %v", err)
	}
}

// TestANoticeThatCannotBeRightIsNotRead: each case is the notice of 2026 with one
// slip of the hand.
func TestANoticeThatCannotBeRightIsNotRead(t *testing.T) {
	for _, x := range []struct {
		what, from, to string
		want           error
	}{
		{"another year's title", "关于2026年", "关于2027年", ErrTextWeekday},
		{"no year", "2026年", "今年", ErrTextYear},
		{"a wrong day", "1月1日（周四）", "1月2日（周四）", ErrTextWeekday},
		{"a wrong number of days", "共9天", "共8天", ErrTextCount},
		{"a make-up day on a Monday", "2月14日（周六）", "2月16日（周一）", ErrNoticeMakeUp},
		{"a make-up day that is free", "5月9日（周六）上班", "5月2日（周六）上班", ErrNoticeBoth},
		{"no such day", "2月28日（周六）", "2月30日", ErrTextLine},
		{"neither free nor worked", "5月9日（周六）上班", "5月9日（周六）", ErrTextLine},
		{"both in one sentence", "共5天。5月9日", "共5天，5月9日", ErrTextLine},
		{"the end before the beginning", "6月19日（周五）至21日（周日）放假，共3天", "6月21日至19日放假", ErrNoticeOrder},
		{"no holidays at all", "、", "，", ErrTextNothing},
	} {
		text := strings.ReplaceAll(texts[2026], x.from, x.to)
		if text == texts[2026] {
			t.Fatalf("%s changes nothing", x.what)
		}
		if _, err := ReadNotice(text); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", x.what, err, x.want)
		}
	}
	before := strings.Replace(texts[2023], "2022年12月31日", "2022年12月30日", 1) // a Friday of another notice
	if _, err := ReadNotice(before); !errors.Is(err, ErrNoticeDate) {
		t.Errorf("a working day of the year before: %v", err)
	}
	for _, text := range []string{"", "{", `{"year":2027,"hollidays":[]}`, strings.Repeat("一、节:", 20_000), "关于2027年\n一、元旦：13月1日放假。"} {
		if n, err := ReadNotice(text); err == nil {
			t.Errorf("%.20q is read as %+v", text, n)
		}
	}
}

func FuzzReadNotice(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ReadNotice(text)
		if err != nil {
			return
		}
		if err := n.Check(); err != nil {
			t.Errorf("read, but not right: %v", err)
		}
	})
}

func TestACalendarAdoptsAnother(t *testing.T) {
	c := load(t)
	held := c
	n, err := ReadNotice(`{"year":2027,"notice":"国办发明电〔2026〕9号","holidays":[{"name":"元旦","from":"2027-01-01","to":"2027-01-03"}],"workdays":[]}`)
	if err != nil {
		t.Fatal(err)
	}
	wider, err := c.With(n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.IsWorkday(at(t, "2027-01-04")); !errors.Is(err, ErrYearUnknown) {
		t.Errorf("known too early: %v", err)
	}
	c.Adopt(wider)
	if got, err := held.IsWorkday(at(t, "2027-01-04")); err != nil || !got {
		t.Errorf("not adopted: %v %v", got, err)
	}
}

// What ended under an earlier calendar stays as it was; a year nobody knew then is
// known.
func TestACalendarKnowsWhatItWas(t *testing.T) {
	c := load(t)
	first, err := c.With(Notice{Year: 2026, Number: "a", Holidays: []Holiday{{"特别假", "2026-12-25", "2026-12-25"}}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := first.With(Notice{Year: 2027, Number: "b"})
	if err != nil {
		t.Fatal(err)
	}
	c.Adopt(second, Past{at(t, "2026-11-10 09:00"), load(t)}, Past{at(t, "2026-12-01 09:00"), first})
	for _, x := range []struct {
		asOf, day string
		want      bool
	}{
		{"2026-11-10 08:59", "2026-12-25", true}, {"2026-11-10 09:00", "2026-12-25", false}, {"2026-12-01 08:59", "2026-12-25", false}, {"2026-12-30 09:00", "2026-12-25", false},
		{"2026-11-01 09:00", "2027-01-04", true}, {"2026-11-20 09:00", "2027-01-04", true}, {"2026-12-30 09:00", "2027-01-04", true},
	} {
		if got, err := c.AsOf(at(t, x.asOf)).IsWorkday(at(t, x.day)); err != nil || got != x.want {
			t.Errorf("as of %s, %s is worked: %v %v", x.asOf, x.day, got, err)
		}
	}
}
