package config

// Chains are the review chains (审核流程).
type Chains struct {
	Folder string `koanf:"folder"` // holds *.yaml, all there are; empty: the built-in ones
}
