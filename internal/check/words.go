package check

import (
	"strings"
)

// SensitiveWords finds marks of internal papers that must not be published
// without permission (BM-7).
var SensitiveWords = Rule{
	ID:    "sensitive_words",
	Basis: "《中华人民共和国政府信息公开条例》第十四条",
	Find:  words("check.sensitive_word", "内部文件", "内部资料", "注意保存", "不得外传", "会后收回", "仅供内部"),
}

// Typos finds confusions that have stood on government pages (domain 10.1).
var Typos = Rule{
	ID:    "typos",
	Basis: "domain 10.1",
	Find: func(_, plain string) []Hit {
		var out []Hit
		for _, p := range confusions {
			if strings.Contains(plain, p[0]) {
				out = append(out, Hit{Code: "check.typo", Quote: p[0], Args: map[string]any{"better": p[1]}})
			}
		}
		return out
	},
}

var confusions = [][2]string{{"扫黑险恶", "扫黑除恶"}, {"布署", "部署"}, {"既使", "即使"}, {"渡假", "度假"}, {"截止到", "截至"}, {"按装", "安装"},
	{"松驰", "松弛"}, {"竟争", "竞争"}, {"座落", "坐落"}, {"做客人", "作客"}, {"重蹈复辙", "重蹈覆辙"}, {"一愁莫展", "一筹莫展"}}

// LeaderNames finds wordings of titles and regions that are known to be wrong
// (domain 10.1). A table of names is kept by the office, not shipped.
var LeaderNames = Rule{
	ID:    "leader_names",
	Basis: "domain 10.1",
	Find: func(_, plain string) []Hit {
		var out []Hit
		for _, p := range [][2]string{{"香港政府", "香港特别行政区政府"}, {"澳门政府", "澳门特别行政区政府"}, {"“一带一路”战略", "“一带一路”倡议"}, {"一带一路战略", "“一带一路”倡议"}, {"两岸三地", "内地与港澳台地区"}} {
			if strings.Contains(plain, p[0]) {
				out = append(out, Hit{Code: "check.wording", Quote: p[0], Args: map[string]any{"better": p[1]}})
			}
		}
		return out
	},
}

func words(code string, list ...string) func(string, string) []Hit {
	return func(_, plain string) []Hit {
		var out []Hit
		for _, w := range list {
			if strings.Contains(plain, w) {
				out = append(out, Hit{Code: code, Quote: w})
			}
		}
		return out
	}
}
