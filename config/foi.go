package config

// FOI is the register of requests for information.
type FOI struct {
	KeyFile     string   `koanf:"key_file"`      // seals applicants; empty: sign_in's
	OldKeyFiles []string `koanf:"old_key_files"` // opens what was sealed before a change of key
}

// Annual is the statutory annual report.
type Annual struct {
	MakesRules bool `koanf:"makes_rules"` // the body may make rules (规章): ministries, provinces, cities with districts
	Government bool `koanf:"government"`  // a government's own report: due on 31 March
}
