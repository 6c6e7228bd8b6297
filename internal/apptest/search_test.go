package apptest_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gongkai/internal/apptest"
	"gongkai/internal/db"
)

// search answers the ids found, the newest first.
func find(t *testing.T, w *apptest.World, who *apptest.Person, q string, filters ...string) (ids []int64) {
	t.Helper()
	v := url.Values{"q": {q}}
	for i := 0; i+1 < len(filters); i += 2 {
		v.Set(filters[i], filters[i+1])
	}
	a := w.Call(who, "GET", "/api/v1/search?"+v.Encode(), nil)
	if a.Status != 200 {
		t.Fatalf("%q: %d %s", q, a.Status, a.Body)
	}
	var out struct {
		Hits []struct{ Manuscript struct{ ID int64 } }
	}
	a.Into(t, &out)
	for _, h := range out.Hits {
		ids = append(ids, h.Manuscript.ID)
	}
	return ids
}

func TestManuscriptsAreFoundByWhatTheyAreNow(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Idle: true})
			editor := w.Own.People["office_editor"]
			is := func(q string, want ...int64) {
				t.Helper()
				if got := find(t, w, editor, q); !slices.Equal(got, want) {
					t.Errorf("%q finds %v, want %v", q, got, want)
				}
			}
			m := w.Draft("水库除险加固公告", "doc_no", "沙政办发〔2026〕12号")
			is("除险加固", m.ID)
			is("〔2026〕12号", m.ID)
			is("第二段 43条", m.ID)
			is("drafter", m.ID)
			m = w.Must(w.Own.People["drafter"], m, "edit", "content", apptest.Content("渠道清淤公告"))
			is("除险加固")
			is("渠道清淤", m.ID)
			second := w.Draft("渠道清淤补充公告")
			is("渠道清淤", second.ID, m.ID)
			is("清", second.ID, m.ID)
			is("段")
			m = w.UpTo(m, "")
			if m.IndexNo == "" {
				t.Fatal("no index number")
			}
			is(m.IndexNo, m.ID)
			is("渠道清淤", m.ID, second.ID)
			w.Must(w.Own.People["drafter"], w.Must(w.Own.People["drafter"], second, "submit"), "withdraw", "note", "不用了")
			is("补充公告", second.ID)
			if got := find(t, w, editor, "渠道清淤", "state", "withdrawn"); !slices.Equal(got, []int64{second.ID}) {
				t.Errorf("withdrawn: %v", got)
			}
			if got := find(t, w, editor, "渠道清淤", "unit", fmt.Sprint(w.Own.UnitB)); len(got) != 0 {
				t.Errorf("in the other unit: %v", got)
			}
		})
	}
}

// TestSearchShowsNothingThatMayNotBeRead: neither a hit nor the difference
// between what is there and what is not (I20).
func TestSearchShowsNothingThatMayNotBeRead(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	w.Draft("未公开的征收方案")
	for who, sees := range map[*apptest.Person]bool{
		w.Own.People["drafter"]: true, w.Own.People["deputy_director"]: true,
		w.Own.People["drafter_b"]: false, w.Own.People["section_head_b"]: false, w.Other.People["office_editor"]: false, w.Other.People["drafter"]: false,
	} {
		there := w.Call(who, "GET", "/api/v1/search?q="+url.QueryEscape("征收方案"), nil)
		not := w.Call(who, "GET", "/api/v1/search?q="+url.QueryEscape("从未写过的话"), nil)
		if strings.Contains(string(there.Body), "征收") != sees || (string(there.Body) == string(not.Body)) == sees {
			t.Errorf("%s: %s", who.Login, there.Body)
		}
		if got := find(t, w, who, "征收方案", "unit", fmt.Sprint(w.Own.UnitA)); (len(got) == 1) != sees {
			t.Errorf("%s by unit: %v", who.Login, got)
		}
		if got := find(t, w, who, ""); (len(got) == 1) != sees {
			t.Errorf("%s without a phrase: %v", who.Login, got)
		}
	}
	for _, post := range []string{"system_admin", "security_admin", "auditor", "foi_officer"} {
		if a := w.Call(w.Own.People[post], "GET", "/api/v1/search?q=x", nil); a.Status != 403 {
			t.Errorf("%s: %d", post, a.Status)
		}
	}
}

// TestOlderManuscriptsAreReadIntoTheIndex takes the index away, as before the
// migration, and lets an index be read that a kill cut short at any batch.
func TestOlderManuscriptsAreReadIntoTheIndex(t *testing.T) {
	for _, driver := range []string{"sqlite", "mysql"} {
		t.Run(driver, func(t *testing.T) {
			w := apptest.Start(t, apptest.Options{Driver: driver, Idle: true})
			old := w.UpTo(w.Draft("迁移之前的稿件"), "")
			edited := w.Draft("迁移之后要改的稿件")
			ctx := context.Background()
			err := w.App.DB.Write(ctx, func(tx *db.Tx) error {
				return tx.G.Exec("UPDATE search_entries SET text = '', unread = 1").Error
			})
			if err != nil {
				t.Fatal(err)
			}
			editor := w.Own.People["office_editor"]
			if got := find(t, w, editor, "迁移之前"); len(got) != 0 {
				t.Fatalf("found without a text: %v", got)
			}
			edited = w.Must(w.Own.People["drafter"], edited, "edit", "content", apptest.Content("改过以后的稿件"))
			if got := find(t, w, editor, "改过以后"); len(got) != 1 {
				t.Errorf("an edit is not found: %v", got)
			}
			if err := w.App.Desk.Index(ctx); err != nil {
				t.Fatal(err)
			}
			if got := find(t, w, editor, "迁移之前"); !slices.Equal(got, []int64{old.ID}) {
				t.Errorf("found %v", got)
			}
			if got := find(t, w, editor, "迁移之后"); len(got) != 0 {
				t.Errorf("%d is found by a text it no longer has", edited.ID)
			}
			if got := find(t, w, editor, old.IndexNo); !slices.Equal(got, []int64{old.ID}) {
				t.Errorf("by its number: %v", got)
			}
		})
	}
}
