package httpserver

import (
	"net/http"
	"strings"
)

// attachable are the file types a manuscript may carry, by their first bytes.
var attachable = map[string]string{"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg .jpeg", "application/zip": ".docx .xlsx"}

// MediaType says what an attached file is. It trusts neither name nor bytes
// alone: both must agree (A35).
func MediaType(name string, b []byte) (string, bool) {
	sniffed, _, _ := strings.Cut(http.DetectContentType(b), ";")
	i := strings.LastIndexByte(name, '.')
	if i < 0 || !strings.Contains(attachable[sniffed]+" ", strings.ToLower(name[i:])+" ") {
		return "", false
	}
	switch strings.ToLower(name[i:]) {
	case ".docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document", true
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true
	}
	return sniffed, true
}
