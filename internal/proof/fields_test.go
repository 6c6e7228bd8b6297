package proof

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"gongkai/internal/manuscript"
)

func TestFieldsThatDifferAreListed(t *testing.T) {
	was := manuscript.Content{Title: "旧题", Body: "<p>x</p>", Disclosure: manuscript.Disclosure{Attribute: manuscript.Proactive}, Keywords: []string{"甲", "乙"}}
	now := was
	if f := Fields(&was, &now); f != nil {
		t.Errorf("equal contents differ: %v", f)
	}
	now.Title, now.Disclosure.Attribute, now.Keywords, now.WeChat.Digest = "新题", manuscript.Withheld, []string{"甲"}, "导语"
	want := []Field{{"title", "旧题", "新题"}, {"disclosure.attribute", "proactive", "withheld"}, {"keywords", "甲，乙", "甲"}, {"wechat.digest", "", "导语"}}
	if got := Fields(&was, &now); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// Whatever is added to a content and to its hash must show in a comparison.
func TestEveryFieldOfAContentIsCompared(t *testing.T) {
	var walk func(v reflect.Value, path string)
	content := &manuscript.Content{}
	walk = func(v reflect.Value, path string) {
		for i := range v.NumField() {
			f, name := v.Field(i), path+v.Type().Field(i).Name
			switch {
			case name == "Body" || name == "Attachments":
			case f.Kind() == reflect.Struct:
				walk(f, name+".")
			default:
				old := reflect.New(f.Type()).Elem()
				old.Set(f)
				switch f.Kind() {
				case reflect.String:
					f.SetString("x")
				case reflect.Pointer:
					f.Set(reflect.ValueOf(&manuscript.Corrects{Of: 1, Reason: "x"}))
				default:
					f.Set(reflect.ValueOf([]string{"x"}))
				}
				if n := len(Fields(&manuscript.Content{}, content)); n != 1 {
					t.Errorf("a change of %s is listed %d times", name, n)
				}
				f.Set(old)
			}
		}
	}
	walk(reflect.ValueOf(content).Elem(), "")
}

func TestAttachmentsAreComparedByHash(t *testing.T) {
	file := func(name, hash string) manuscript.Attachment { return manuscript.Attachment{Name: name, Hash: hash} }
	was := []manuscript.Attachment{file("甲.pdf", "1"), file("乙.pdf", "2"), file("丙.pdf", "3"), file("丁.pdf", "4"), file("甲.pdf", "1")}
	now := []manuscript.Attachment{file("戊.pdf", "2"), file("甲.pdf", "1"), file("丙.pdf", "9"), file("乙.pdf", "8")}
	var got []string
	for _, f := range Files(was, now) {
		name := func(a *manuscript.Attachment) string {
			if a == nil {
				return ""
			}
			return a.Name + a.Hash
		}
		got = append(got, fmt.Sprint(f.What(), " ", name(f.Was), ">", name(f.Now)))
	}
	if want := []string{"renamed 乙.pdf2>戊.pdf2", "replaced 丙.pdf3>丙.pdf9", "added >乙.pdf8", "removed 丁.pdf4>", "removed 甲.pdf1>"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if Files(was, was) != nil {
		t.Error("equal lists differ")
	}
}
