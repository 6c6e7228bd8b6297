package proof

import (
	"slices"
	"strings"

	"gongkai/internal/manuscript"
)

// A Field differs in two contents. Name is that of the field in faults, such as
// "disclosure.attribute"; values are as stored.
type Field struct{ Name, Was, Now string }

// Fields are those that differ, but for text and attachments.
func Fields(was, now *manuscript.Content) (out []Field) {
	a, b := fields(was), fields(now)
	for i, f := range b {
		if f.Was = a[i].Now; f.Was != f.Now {
			out = append(out, f)
		}
	}
	return out
}

func fields(c *manuscript.Content) []Field {
	f := func(name, value string) Field { return Field{Name: name, Now: value} }
	corrects := ""
	if c.Corrects != nil {
		corrects = c.Corrects.Reason
	}
	return []Field{f("title", c.Title), f("summary", c.Summary), f("disclosure.attribute", string(c.Disclosure.Attribute)), f("disclosure.ground", c.Disclosure.Ground),
		f("disclosure.reason", c.Disclosure.Reason), f("kind", c.Kind), f("section", c.Section), f("doc_no", c.DocNo), f("doc_date", c.DocDate), f("source", c.Source),
		f("author", c.Author), f("keywords", strings.Join(c.Keywords, "，")), f("reprint.source", c.Reprint.Source), f("reprint.url", c.Reprint.URL), f("reprint.date", c.Reprint.Date),
		f("wechat.title", c.WeChat.Title), f("wechat.author", c.WeChat.Author), f("wechat.digest", c.WeChat.Digest), f("wechat.form", c.WeChat.Form), f("corrects", corrects)}
}

// A File is an attachment that differs: added or removed when one side is nil,
// renamed when the hashes are equal, else replaced under its name.
type File struct{ Was, Now *manuscript.Attachment }

// What names the difference: added, removed, renamed or replaced.
func (f File) What() string {
	switch {
	case f.Was == nil:
		return "added"
	case f.Now == nil:
		return "removed"
	case f.Was.Hash == f.Now.Hash:
		return "renamed"
	}
	return "replaced"
}

// Files compares attachments by hash. Those that are the same bytes under the
// same name are left out.
func Files(was, now []manuscript.Attachment) (out []File) {
	left := slices.Clone(was)
	take := func(is func(a manuscript.Attachment) bool) *manuscript.Attachment {
		i := slices.IndexFunc(left, is)
		if i < 0 {
			return nil
		}
		a := left[i]
		left = slices.Delete(left, i, i+1)
		return &a
	}
	found := make([]File, len(now))
	for _, alike := range []func(a, b manuscript.Attachment) bool{
		func(a, b manuscript.Attachment) bool { return a.Hash == b.Hash && a.Name == b.Name },
		func(a, b manuscript.Attachment) bool { return a.Hash == b.Hash },
		func(a, b manuscript.Attachment) bool { return a.Name == b.Name },
	} {
		for i := range now {
			if found[i].Now = &now[i]; found[i].Was == nil {
				found[i].Was = take(func(a manuscript.Attachment) bool { return alike(a, now[i]) })
			}
		}
	}
	for _, f := range found {
		if f.Was == nil || f.Was.Hash != f.Now.Hash || f.Was.Name != f.Now.Name {
			out = append(out, f)
		}
	}
	for i := range left {
		out = append(out, File{Was: &left[i]})
	}
	return out
}
