package check

import (
	"slices"
	"testing"

	"gongkai/internal/workflow"
)

// samples are what a rule must find and what it must leave alone, by rule. The
// first of each is the plainest case; the others stood or could stand on a page.
var samples = map[string]struct {
	field     string // the one looked at; empty is body
	bad, good []string
}{
	"required_fields": {
		field: "title",
		bad:   []string{"", "   ", "　"},
		good:  []string{"关于开展科普活动的通知"},
	},
	"secret_markings": {
		bad:  []string{"机密★10年", "秘密★", "绝密 ☆ 长期", "★机密", "标题\n【秘密】\n正文", "（机密）10年"},
		good: []string{"认真做好保守国家秘密工作", "商业秘密和个人隐私受法律保护", "机密资料一律不得上网", "评为三星★企业"},
	},
	"sensitive_words": {
		bad:  []string{"内部资料，注意保存", "本件会后收回", "仅供内部参考", "此件不得外传"},
		good: []string{"加强内部管理，完善内部控制", "资料由内部科室收集后公开"},
	},
	"personal_data": {
		bad: []string{"身份证号11010519491231002X", "身份证：11010519491231002x。", "银行卡6222020000000000000", "卡号4111111111111111已核对",
			"身份证号１１０１０５１９４９１２３１００２Ｘ", "身份证号110105 19491231 002X", "1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 X", "110105-19491231-002X",
			"电话 0955 110105\u00a019491231\u200b002X", "2311010519491231002X", "卡号 4111 1111 1111 1111", "4111-1111-1111-1111"},
		good: []string{"身份证号110105194912310021的校验位不对", "身份证号110105194913310020的月份不对", "联系电话13800138000", "文号20260311000001共16位以内",
			"统一社会信用代码11640500MB1234567X", "流水号1234567890123456", "2024 2025 2026 2027 2028", "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", "电话0955-7012345、0955-7012346",
			"表二\n1\n1\n0\n1\n0\n5\n1\n9\n4\n9\n1\n2\n3\n1\n0\n0\n2\n1"},
	},
	"typos": {
		bad:  []string{"统一布署，狠抓落实", "扫黑险恶专项斗争", "截止到年底，共受理12件", "名胜座落于此"},
		good: []string{"统一部署，狠抓落实", "扫黑除恶专项斗争", "报名截止日期为年底", "坐落于区政府西侧"},
	},
	"leader_names": {
		bad:  []string{"香港政府发言人", "共建“一带一路”战略", "澳门政府宣布", "促进两岸三地交流"},
		good: []string{"香港特别行政区政府发言人", "共建“一带一路”倡议", "香港同胞", "两岸交流"},
	},
}

func TestEveryRuleFindsTheBadAndLeavesTheGood(t *testing.T) {
	all := All()
	for id, rule := range all.byID {
		s, ok := samples[id]
		if !ok || len(s.bad) == 0 || len(s.good) == 0 {
			t.Errorf("rule %s has no samples", id)
			continue
		}
		if rule.ID != id || rule.Basis == "" {
			t.Errorf("rule %s is %q, on the basis %q", id, rule.ID, rule.Basis)
		}
		field := s.field
		if field == "" {
			field = "body"
		}
		for _, text := range s.bad {
			hits := rule.Find(field, text)
			if len(hits) == 0 {
				t.Errorf("%s does not find %q", id, text)
			}
			for _, h := range hits {
				if h.Code == "" {
					t.Errorf("%s finds %q without a code", id, text)
				}
			}
		}
		for _, text := range s.good {
			if hits := rule.Find(field, text); len(hits) != 0 {
				t.Errorf("%s finds %+v in %q", id, hits, text)
			}
		}
	}
	for id := range samples {
		if _, ok := all.byID[id]; !ok {
			t.Errorf("samples of %s, which is no rule", id)
		}
	}
}

// The names a chain may use are the rules there are.
func TestChainsNameTheRulesThereAre(t *testing.T) {
	for id := range All().byID {
		if !slices.Contains(workflow.Checks, id) {
			t.Errorf("no chain may name %s", id)
		}
	}
	for _, id := range workflow.Checks {
		if _, ok := All().byID[id]; !ok {
			t.Errorf("a chain may name %s, which is no rule", id)
		}
	}
}

func TestFindingsSayWhereAndHowBad(t *testing.T) {
	html := "<p>统一布署。</p><table><tbody><tr><td>身份证号</td><td>11010519491231002X</td></tr></tbody></table>"
	found, err := All().Run([]string{"personal_data", "secret_markings"}, []string{"typos"}, Text{Title: "统一布署", Body: html, Summary: "无", WeChatDigest: "机密★10年"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{
		{Rule: "check.identity_number", Level: Block, Where: "body", Quote: "110105********002X"},
		{Rule: "check.secret_marking", Level: Block, Where: "wechat.digest", Quote: "机密★10年"},
		{Rule: "check.typo", Level: Hint, Where: "title", Quote: "布署"},
		{Rule: "check.typo", Level: Hint, Where: "body", Quote: "布署"},
	}
	if len(found) != len(want) {
		t.Fatalf("found %+v", found)
	}
	for i, w := range want {
		g := found[i]
		if g.Rule != w.Rule || g.Level != w.Level || g.Where != w.Where || g.Quote != w.Quote {
			t.Errorf("finding %d is %+v, want %+v", i, g, w)
		}
	}
	if n := len(Blocking(found)); n != 2 {
		t.Errorf("%d of them block", n)
	}
	if _, err := All().Run([]string{"no_such_rule"}, nil, Text{}); err == nil {
		t.Error("an unknown rule is run")
	}
}
