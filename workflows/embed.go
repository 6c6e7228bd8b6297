// Package workflows holds the chains an office can read and change: one file is
// one chain. `gongkai workflows lint` says what is wrong with a file.
package workflows

import "embed"

// FS is every chain shipped with the program.
//
//go:embed *.yaml
var FS embed.FS
