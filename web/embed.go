// Package web holds what the pages are made of: templates, style sheets,
// scripts and the catalogues of sentences.
package web

import "embed"

// FS has the folders templates, static and i18n.
//
//go:embed templates static i18n
var FS embed.FS
