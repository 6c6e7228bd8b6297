package wechat

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gongkai/internal/check"
	"gongkai/internal/manuscript"
	"gongkai/internal/publish"
)

var update = flag.Bool("update", false, "write the golden files")

func sample(name string) publish.Item {
	return publish.Item{
		Title: "年度报告", Hash: "sha256:0123456789abcdef", RevisionNo: 2, PublishAt: time.Unix(1, 0),
		PageURL: "https://www.example.gov.cn/art/2026/42.html", Source: "示例市应急管理局",
		Attachments: []publish.Attachment{{Name: "附件1.pdf"}, {Name: "附件2.xlsx"}},
		WeChat:      publish.WeChat{Title: "年度报告", Form: name},
		Body: `<h1 class="ta-c">年度报告</h1><h2>一、总体情况</h2><p class="ta-r">2026年1月</p>` +
			`<p>主动公开政府信息<strong>1,234条</strong>，<em>同比</em><u>增长</u>5%。见<a href="/zfxxgk/">公开专栏</a>、<a href="https://www.example.gov.cn/zfxxgk/">同一专栏</a>、` +
			`<a href="https://mp.weixin.qq.com/s/abc?a=1&amp;b=2">去年的推文</a>、<a href="https://example.com/x">https://example.com/x</a>、<a href="mailto:a@b.cn">邮箱</a>。<br>受理申请56件。</p>` +
			`<ul><li>第一<ol><li>甲</li><li>乙</li></ol></li><li>第二</li></ul>` +
			`<table><thead><tr><th colspan="2" rowspan="1">指标</th></tr></thead><tbody><tr><td rowspan="2" class="ta-c">受理</td><td>56 &lt; 60</td></tr></tbody></table>` +
			`<p><img src="/blob/sha256:` + strings.Repeat("a", 64) + `" alt="图&quot;一&quot;"></p>`,
	}
}

func TestRenderGolden(t *testing.T) {
	for _, form := range []string{publish.FormFull, publish.FormDigest} {
		it := sample(form)
		lines := func() string { return strings.ReplaceAll(Render(it), "><", ">\n<") + "\n" }
		got := lines()
		path := "testdata/" + form + ".golden.html"
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; run with -update\n%s", path, got)
		}
		if lines() != got {
			t.Error("two runs differ")
		}
	}
}

func TestReprintNamesItsOriginal(t *testing.T) {
	it := sample("")
	it.Source, it.Reprint = "省人民政府", &publish.Reprint{URL: "https://www.example.gov.cn/a?x=1&y=2", Date: "2026-03-01"}
	for _, form := range []string{publish.FormFull, publish.FormDigest} {
		it.WeChat.Form = form
		if got := Render(it); !strings.Contains(got, "来源：省人民政府（2026-03-01）</p>") || !strings.Contains(got, "原文：https://www.example.gov.cn/a?x=1&amp;y=2</p>") {
			t.Errorf("the %s form lacks its source: %s", form, got)
		}
	}
}

func TestFormDependsOnTheLengthOnThePlatform(t *testing.T) {
	it := sample("")
	if f := Form(it); f != publish.FormFull {
		t.Errorf("short text: %s", f)
	}
	it.Body = "<p>" + strings.Repeat("公开", 9_800) + "</p>"
	if p := Preview(it); Form(it) != publish.FormFull || p.Characters >= maxContent || p.Bytes <= p.Characters {
		t.Errorf("%s of %d points, %d bytes", Form(it), p.Characters, p.Bytes)
	}
	it.Body = "<p>" + strings.Repeat("公开", 9_990) + "</p>"
	for _, signed := range []string{"", publish.FormFull, publish.FormTooLong} {
		it.WeChat.Form = signed
		if f := Form(it); f != publish.FormTooLong {
			t.Errorf("a long text: %s", f)
		}
	}
	it = sample(publish.FormTooLong)
	if f := Form(it); f != publish.FormFull {
		t.Errorf("shortened it stays %s", f)
	}
	it.WeChat.Form = publish.FormDigest
	if f := Form(it); f != publish.FormDigest {
		t.Errorf("the drafter's choice became %s", f)
	}
}

func TestDigestFormQuotesFiguresAndNamesTheSource(t *testing.T) {
	it := sample(publish.FormDigest)
	it.Body = `<p>2025年，我局主动公开政府信息1,234条。受理依申请公开56件，办结55件；无行政复议。依据国务院令第711号。</p>` + "<p>" + strings.Repeat("长", 30_000) + "</p>"
	got := Render(it)
	for _, want := range []string{"主动公开政府信息1,234条", "受理依申请公开56件，办结55件", it.PageURL, "阅读原文"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	for _, item := range strings.Split(got, "<li>")[1:] {
		if strings.Contains(item, "711") {
			t.Errorf("not a figure: %s", item)
		}
	}
	if !(draftText{html: got}).fits() {
		t.Errorf("%d points", utf8.RuneCountInString(got))
	}
}

func TestCheckFindsWhatThePlatformRefuses(t *testing.T) {
	with := func(change func(*publish.Item)) publish.Item {
		it := sample("")
		change(&it)
		return it
	}
	for name, c := range map[string]struct {
		it    publish.Item
		rule  string
		level check.Level
	}{
		"title of 33":       {with(func(it *publish.Item) { it.WeChat.Title = strings.Repeat("题", 33) }), "channel.wechat.title_length", check.Block},
		"own title of 33":   {with(func(it *publish.Item) { it.WeChat.Title, it.Title = "", strings.Repeat("题", 33) }), "channel.wechat.title_length", check.Block},
		"no title":          {with(func(it *publish.Item) { it.WeChat.Title, it.Title = "", " " }), "channel.wechat.title_missing", check.Block},
		"author of 17":      {with(func(it *publish.Item) { it.WeChat.Author = strings.Repeat("者", 17) }), "channel.wechat.author_length", check.Block},
		"digest of 129":     {with(func(it *publish.Item) { it.WeChat.Digest = strings.Repeat("摘", 129) }), "channel.wechat.digest_length", check.Block},
		"override in title": {with(func(it *publish.Item) { it.WeChat.Title = "a\u202eb" }), "channel.wechat.characters", check.Block},
		"line separator":    {with(func(it *publish.Item) { it.Body = "<p>a\u2028b</p>" }), "channel.wechat.characters", check.Block},
		"foreign image":     {with(func(it *publish.Item) { it.Body = `<p><img src="https://x.cn/a.png"></p>` }), "channel.wechat.image_foreign", check.Block},
		"no body":           {with(func(it *publish.Item) { it.Body = "" }), "channel.wechat.body_missing", check.Block},
		"long page URL":     {with(func(it *publish.Item) { it.PageURL += strings.Repeat("x", 300) }), "channel.wechat.source_url", check.Block},
		"long body":         {with(func(it *publish.Item) { it.Body = "<p>" + strings.Repeat("长", 20_000) + "</p>" }), "channel.wechat.digest_form", check.Hint},
		"long body, full": {with(func(it *publish.Item) {
			it.WeChat.Form, it.Body = publish.FormFull, "<p>"+strings.Repeat("长", 20_000)+"</p>"
		}), "channel.wechat.content_length", check.Block},
		"a digest that leads nowhere": {with(func(it *publish.Item) { it.Kind, it.WeChat.Form = manuscript.WeChatPost, publish.FormDigest }), "channel.wechat.alone", check.Block},
		"digest form by hand":         {with(func(it *publish.Item) { it.WeChat.Form = publish.FormDigest }), "channel.wechat.digest_chosen", check.Hint},
	} {
		t.Run(name, func(t *testing.T) {
			all := Check(c.it)
			if len(all) != 1 || all[0].Rule != c.rule || all[0].Level != c.level {
				t.Errorf("findings %+v", all)
			}
		})
	}
	fine := with(func(it *publish.Item) {
		it.WeChat = publish.WeChat{Title: strings.Repeat("题", 32), Author: strings.Repeat("者", 16), Digest: strings.Repeat("摘", 128)}
	})
	if all := Check(fine); len(all) != 0 {
		t.Errorf("findings for an item at its limits: %+v", all)
	}
}

func TestMarkerNamesRevisionAndHash(t *testing.T) {
	it := sample("")
	if got := Marker(it); got != "https://www.example.gov.cn/art/2026/42.html?wx=2-01234567" {
		t.Error(got)
	}
}

func TestDefaultCover(t *testing.T) {
	cfg, err := png.DecodeConfig(bytes.NewReader(defaultCover()))
	if err != nil || cfg.Width != 900 || cfg.Height != 383 {
		t.Errorf("%+v %v", cfg, err)
	}
	wide, square := crops(900, 383)
	if square != "0.287222_0.000000_0.712778_1.000000" || !strings.HasPrefix(wide, "0.000000_0.0000") {
		t.Errorf("%s %s", wide, square)
	}
	for _, kind := range []string{"image", "thumb"} {
		if f, _, _, err := coverImage(defaultCover(), kind); err != nil || len(f.Bytes) > 64<<10 {
			t.Errorf("%s: %d bytes, %v", kind, len(f.Bytes), err)
		}
	}
}

func TestLargePicturesShrinkBelowTheLimit(t *testing.T) {
	noisy := noise(1600)
	if len(noisy) <= bodyImageLimit {
		t.Fatal("the sample is too small")
	}
	f, err := bodyImage(noisy)
	if err != nil || len(f.Bytes) > bodyImageLimit || f.MediaType != "image/jpeg" {
		t.Errorf("%s of %d bytes, %v", f.MediaType, len(f.Bytes), err)
	}
	if f, err := bodyImage(picture(10)); err != nil || !bytes.Equal(f.Bytes, picture(10)) {
		t.Error("a picture that fits was changed")
	}
	if _, err := bodyImage([]byte("<svg/>")); err == nil {
		t.Error("an SVG was taken")
	}
}

func TestCleanDropsWhatNoReaderSees(t *testing.T) {
	if got := clean("年报<b>&\u2028\u2029\x00完"); got != "年报<b>&完" {
		t.Errorf("%q", got)
	}
}
