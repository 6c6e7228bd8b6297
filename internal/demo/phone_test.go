package demo

import (
	"fmt"
	"strings"
	"testing"

	"gongkai/internal/body"
	"gongkai/internal/publish"
	"gongkai/internal/publish/wechat"
)

const pageURL = "http://127.0.0.1:8081/art/2026/1.html"

func phone(article string) string {
	return "<main><article class=\"article\">\n<h1>标题 &amp; 其他</h1>\n<p class=\"meta\">某局　<b>模拟公众号</b>　09:00</p>\n" + article + "\n<a class=\"more\" href=\"" + pageURL + "\">阅读原文</a>\n</article></main>"
}

// TestEveryOtherWordOnThePhoneIsFound changes what the channel wrote, word by
// word, in both of its forms.
func TestEveryOtherWordOnThePhoneIsFound(t *testing.T) {
	signed, err := body.Sanitise(`<h2>一、总体情况</h2><p>全年发布信息 43 条，见<a href="https://www.example.gov.cn/x">网站</a>。</p>
<table><tr><th>项目</th><th>件数</th></tr><tr><td>制发</td><td>7</td></tr></table><ul><li>甲<ul><li>乙</li></ul></li><li>丙</li></ul><p>第二行<br>换行</p>`)
	if err != nil {
		t.Fatal(err)
	}
	summary := "全年发布信息 43 条。"
	it := publish.Item{Title: "标题 & 其他", Body: signed, Summary: summary, Source: "某局", PageURL: pageURL,
		Attachments: []publish.Attachment{{Name: "附表.pdf"}}}
	for form, want := range map[string]int{"full": len(body.Paragraphs(signed)), "digest": 2} {
		it.WeChat.Form = form
		page := phone(wechat.Render(it))
		if got := phoneTitle(page); got != it.Title {
			t.Errorf("title %q", got)
		}
		if is, n, err := phoneWords(page, signed, pageURL, summary); err != nil || is != form || n != want {
			t.Errorf("%s: %s, %d paragraphs, %v\n%s", form, is, n, err, page)
		}
		for _, c := range [][2]string{{"43 条", "34 条"}, {"全年发布", "全年不发布"}, {"信息", "消息"}, {"</section>\n<a", "<p>谁也没签发的话</p></section>\n<a"}} {
			other := strings.Replace(page, c[0], c[1], 1)
			if other == page {
				t.Fatalf("%s: nothing to change at %q", form, c[0])
			}
			if _, _, err := phoneWords(other, signed, pageURL, summary); err == nil {
				t.Errorf("%s: %q for %q was not found", form, c[1], c[0])
			}
		}
	}
	it.WeChat.Form = "full"
	page := phone(wechat.Render(it))
	for _, c := range [][2]string{{">7<", ">8<"}, {"乙", ""}, {"换行", "换 行?"}} {
		if _, _, err := phoneWords(strings.Replace(page, c[0], c[1], 1), signed, pageURL); err == nil {
			t.Errorf("%q for %q was not found", c[1], c[0])
		}
	}
	it.WeChat.Form = "digest"
	if _, _, err := phoneWords(strings.ReplaceAll(phone(wechat.Render(it)), pageURL, "http://127.0.0.1:8081/art/2026/2.html"), signed, pageURL, summary); err == nil {
		t.Error("a digest that leads to another page was not found")
	}
	if _, _, err := phoneWords("<p>内容已删除</p>", signed, pageURL); err == nil {
		t.Error("a page without an article is the same")
	}
}

func TestAddressesOfAnEarlierStartAreReadHere(t *testing.T) {
	for _, was := range []string{"http://127.0.0.1:8081/art/2026/1.html?a=b", "https://old.example/art/2026/1.html?a=b"} {
		if got := here(was, "http://127.0.0.1:9"); got != "http://127.0.0.1:9/art/2026/1.html?a=b" {
			t.Error(fmt.Sprint(got))
		}
	}
}
