package search_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/dbtest"
	"gongkai/internal/search"
)

var start = time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)

// corpus is made of words that office texts are made of, so phrases are common
// and rare, and some only seem to be there.
func corpus(n int) []string {
	words := []string{"关于", "印发", "通知", "工作", "政府", "信息", "公开", "年度", "报告", "管理", "办法", "2025年", "第12号", "〔2025〕", "会议", "研究", "决定",
		"科技", "创新", "ＡＢＣ", "Notice", "the", "，", "。", " ", "\n", "\t", "😀", "𠮷", "ﬁ", "①", "1.5%"}
	rng := rand.New(rand.NewPCG(1, 2))
	all := make([]string, n)
	for i := range all {
		var b strings.Builder
		for range 5 + rng.IntN(60) {
			b.WriteString(words[rng.IntN(len(words))])
		}
		all[i] = b.String()
	}
	return all
}

type world struct {
	t    *testing.T
	d    *db.DB
	now  map[int64]int64 // edition by manuscript
	text map[int64]string
}

func (w *world) add(manuscript int, title, body string, numbered bool) {
	w.t.Helper()
	id := int64(manuscript)
	e := search.Entry{Edition: search.Edition(w.now[id]/2+10_000_000+id, numbered), ManuscriptID: id, OrganisationID: 1, UnitID: id % 3, SectionID: id % 2, At: start.Add(time.Duration(manuscript) * time.Minute)}
	w.now[id], w.text[id] = e.Edition, search.Text(title, body)
	if err := w.d.Write(context.Background(), func(tx *db.Tx) error { return search.Add(tx, e, w.text[id]) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) find(q search.Query) (out []int64) {
	w.t.Helper()
	q.OrganisationID, q.Limit = 1, 50
	for {
		var page []search.Entry
		err := w.d.Read(context.Background(), func(tx *db.Tx) (err error) {
			page, err = search.Find(tx, q, func(some []search.Entry) ([]search.Entry, error) {
				return slices.DeleteFunc(slices.Clone(some), func(e search.Entry) bool { return w.now[e.ManuscriptID] != e.Edition }), nil
			})
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range page {
			out = append(out, e.ManuscriptID)
		}
		if len(page) < q.Limit {
			return out
		}
		q.After = page[len(page)-1].Cursor()
	}
}

func (w *world) sealAll() {
	w.t.Helper()
	for {
		made, err := search.Seal(context.Background(), w.d)
		if err != nil {
			w.t.Fatal(err)
		}
		if !made {
			return
		}
	}
}

func each(t *testing.T, f func(w *world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		f(&world{t: t, d: d, now: map[int64]int64{}, text: map[int64]string{}})
	})
}

func terms(t *testing.T, q string) []search.Term {
	t.Helper()
	out, err := search.Terms(q)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWhatIsFoundIsWhatHoldsThePhrase compares with the plain truth: a substring
// of the folded text. Everything found, nothing else, the newest first, each once.
func TestWhatIsFoundIsWhatHoldsThePhrase(t *testing.T) {
	each(t, func(w *world) {
		texts := corpus(1300)
		for i, s := range texts {
			w.add(i+1, string([]rune(s)[:4]), s, false)
			if i%600 == 599 {
				w.sealAll()
			}
		}
		for i := 5; i < len(texts); i += 7 { // sealed and unsealed ones change, and some get a number
			w.add(i, "改过的", texts[len(texts)-i], i%2 == 0)
		}
		rng := rand.New(rand.NewPCG(3, 4))
		queries := []string{"关于", "于关", "工作 通知", "政府信息公开年度报告管理办法", "abc", "ＮＯＴＩＣＥ", "2025年第12号", "(2025)", "fi", "1.5%", "𠮷😀", "没有的话", "的话", "改过"}
		for range 60 {
			s := []rune(texts[rng.IntN(len(texts))])
			from, n := rng.IntN(len(s)-3), 2+rng.IntN(7)
			queries = append(queries, string(s[from:min(len(s), from+n)]))
		}
		asked := 0
		for _, q := range queries {
			all := terms(t, q)
			if len(all) == 0 || slices.ContainsFunc(all, func(t search.Term) bool { return len(t) == 1 }) {
				continue
			}
			asked++
			var want []int64
			for id := int64(len(texts)); id > 0; id-- {
				if !slices.ContainsFunc(all, func(x search.Term) bool { return !strings.Contains(w.text[id], string(x)) }) {
					want = append(want, id)
				}
			}
			if got := w.find(search.Query{Terms: all}); !slices.Equal(got, want) {
				t.Errorf("%q: found %d, there are %d", q, len(got), len(want))
			}
		}
		if asked < 50 {
			t.Errorf("only %d phrases asked", asked)
		}
	})
}

func TestFiltersNarrowBothHalves(t *testing.T) {
	each(t, func(w *world) {
		for i := 1; i <= 700; i++ {
			w.add(i, "标题", "同一句话", false)
			if i == 600 {
				w.sealAll()
			}
		}
		day := start.Add(500 * time.Minute)
		for name, f := range map[string]struct {
			q    search.Query
			want int
		}{
			"unit":        {search.Query{UnitIDs: []int64{1}}, 234},
			"no unit":     {search.Query{UnitIDs: []int64{}}, 0},
			"section":     {search.Query{SectionID: 1}, 350},
			"from":        {search.Query{From: day}, 201},
			"before":      {search.Query{To: day}, 499},
			"manuscripts": {search.Query{Manuscripts: map[int64]bool{5: true, 650: true}}, 2},
		} {
			for _, text := range []string{"同一句话", ""} {
				f.q.Terms = terms(t, text)
				if got := w.find(f.q); len(got) != f.want {
					t.Errorf("%s, %q: %d found, want %d", name, text, len(got), f.want)
				}
			}
		}
		err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			other, err := search.Find(tx, search.Query{OrganisationID: 2, Terms: terms(t, "同一句话"), Limit: 10}, func(e []search.Entry) ([]search.Entry, error) { return e, nil })
			if len(other) > 0 {
				t.Errorf("another organisation finds %d", len(other))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestOneCharacterIsLookedForInTitles(t *testing.T) {
	each(t, func(w *world) {
		for i := 1; i <= 600; i++ {
			title, text := "防汛通知", "正文"
			if i%2 == 0 {
				title, text = "通知", "防汛"
			}
			w.add(i, title, text, false)
			if i == 550 {
				w.sealAll()
			}
		}
		if got := w.find(search.Query{Terms: terms(t, "汛")}); len(got) != 300 {
			t.Errorf("%d found", len(got))
		}
		if got := w.find(search.Query{Terms: terms(t, "汛 正文")}); len(got) != 300 {
			t.Errorf("%d found", len(got))
		}
	})
}

func TestOlderTextsAreReadIn(t *testing.T) {
	each(t, func(w *world) {
		w.add(1, "题", "旧话", false)
		fill := func(edition int64) {
			if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return search.Fill(tx, edition, search.Text("题", "补上的话")) }); err != nil {
				t.Fatal(err)
			}
		}
		fill(w.now[1])
		before := w.now[1]
		w.add(1, "题", "新话", false)
		fill(before) // too late: an edit came between
		if got := w.find(search.Query{Terms: terms(t, "新话")}); len(got) != 1 {
			t.Errorf("%d found", len(got))
		}
		if got := w.find(search.Query{Terms: terms(t, "补上")}); len(got) != 0 {
			t.Errorf("%d found by an old text", len(got))
		}
	})
}

// TestSealingLosesNoEditUnderWay changes texts while they are sealed, and looks
// for one of them all the while.
func TestSealingLosesNoEditUnderWay(t *testing.T) {
	each(t, func(w *world) {
		const all = 600
		for i := 1; i <= all; i++ {
			w.add(i, "题", "初稿", false)
		}
		var editing sync.WaitGroup
		for n := range 4 {
			editing.Go(func() {
				for i := n + 1; i <= all; i += 8 {
					e := search.Entry{Edition: search.Edition(int64(20_000_000+i), false), ManuscriptID: int64(i), OrganisationID: 1, At: start.Add(time.Duration(i) * time.Minute)}
					if err := w.d.Write(context.Background(), func(tx *db.Tx) error { return search.Add(tx, e, search.Text("题", "定稿")) }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { editing.Wait(); close(done) }()
		for looking := true; looking; {
			select {
			case <-done:
				looking = false
			default:
			}
			if _, err := search.Seal(context.Background(), w.d); err != nil {
				t.Error(err)
			}
			if got := w.find(search.Query{Terms: terms(t, "初稿"), Manuscripts: map[int64]bool{8: true}}); len(got) != 1 {
				t.Errorf("an unchanged text is found %d times", len(got))
			}
		}
		for i := 1; i <= all; i++ {
			if n := (i - 1) % 8; n < 4 {
				w.now[int64(i)] = search.Edition(int64(20_000_000+i), false)
			}
		}
		if got := w.find(search.Query{Terms: terms(t, "定稿")}); len(got) != all/2 {
			t.Errorf("%d new texts are found", len(got))
		}
		if got := w.find(search.Query{Terms: terms(t, "初稿")}); len(got) != all/2 {
			t.Errorf("%d old texts are found", len(got))
		}
	})
}

func TestHostileQueries(t *testing.T) {
	each(t, func(w *world) {
		w.add(1, `标题"引号"`, `AND ( * ' % _ \ '' ; DROP TABLE 100%的_把握`, false)
		for q, want := range map[string]int{
			`"引号"`: 1, "AND (": 0, `AND`: 1, "'' ;": 0, "droptable": 1, "100%的": 1, "100_的": 0, `%_`: 1, `的%握`: 0, "*'": 1, `\''`: 1, "\x00引\x00号\x00": 1, "ＡＮＤ": 1, "\xff\xfe": 0, "😀😀": 0,
		} {
			if got := w.find(search.Query{Terms: terms(t, q)}); len(got) != want {
				t.Errorf("%q finds %d", q, len(got))
			}
		}
		for _, q := range []string{strings.Repeat("长", 10_000), strings.Repeat("长 ", 9), strings.Repeat("a", 101)} {
			if _, err := search.Terms(q); err == nil {
				t.Errorf("%d characters are looked for", len(q))
			}
		}
		for _, q := range []string{"", "  ", "\x00", "\u3000", "\n\t"} {
			if all := terms(t, q); len(all) != 0 {
				t.Errorf("%q is %d terms", q, len(all))
			}
		}
	})
}

func TestSnippetMarksThePhraseAndLosesNothing(t *testing.T) {
	long := strings.Repeat("前文", 40) + "这里有 ＡＢＣ 通知，后文" + strings.Repeat("后文", 90)
	show := func(parts []search.Part) string {
		var b strings.Builder
		for _, p := range parts {
			if p.Hit {
				fmt.Fprintf(&b, "[%s]", p.Text)
			} else {
				b.WriteString(p.Text)
			}
		}
		return b.String()
	}
	got := show(search.Snippet(long, terms(t, "abc通知")))
	if !strings.Contains(got, "这里有 [ＡＢＣ 通知]，后文") || len([]rune(got)) > 130 {
		t.Error(got)
	}
	if got := show(search.Title("关于 <b>防汛</b> 的通知", terms(t, "汛 通知"))); got != "关于 <b>防[汛]</b> 的[通知]" {
		t.Error(got)
	}
	if got := search.Snippet("", terms(t, "无")); len(got) != 0 {
		t.Error(got)
	}
}
