package config

// FOI is the register of requests for information.
type FOI struct {
	KeyFile     string   `koanf:"key_file"`      // seals applicants; empty: sign_in's
	OldKeyFiles []string `koanf:"old_key_files"` // opens what was sealed before a change of key
}
