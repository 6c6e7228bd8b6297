package platform

import "testing"

func TestDiffersComparesWordsAndPictures(t *testing.T) {
	want := Article{Title: "年报", SourceURL: "u", Content: `<p style="x">一 二</p><img src="http://h/a.png?x=1">`}
	same := NewsItem{Title: "年报", Digest: "whatever", SourceURL: "u", Content: "<section>一\n二<img data-src=\"https://h/a.png\" src=\"lazy\"></section>"}
	if f := want.Differs([]NewsItem{same}); f != "" {
		t.Errorf("%s differs", f)
	}
	for field, n := range map[string]NewsItem{
		"title":              {Title: "年抱", SourceURL: "u", Content: same.Content},
		"content":            {Title: "年报", SourceURL: "u", Content: `<p>一三</p><img src="http://h/a.png">`},
		"images":             {Title: "年报", SourceURL: "u", Content: `<p>一二</p>`},
		"content_source_url": {Title: "年报", SourceURL: "v", Content: same.Content},
	} {
		if f := want.Differs([]NewsItem{n}); f != field {
			t.Errorf("found %q, want %s", f, field)
		}
	}
}
