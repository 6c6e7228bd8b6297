package site

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// An artefact is a complete answer: the bytes, the same compressed, and the
// headers that go with them, ready to be assigned.
type artefact struct {
	plain, gzip                  []byte
	mediaType, etag, etagGzip    []string
	length, lengthGzip, encoding []string
	mark                         string // what both etags begin with
}

func newArtefact(mediaType string, b []byte) *artefact {
	sum := sha256.Sum256(b)
	a := &artefact{plain: b, mediaType: []string{mediaType}, mark: hex.EncodeToString(sum[:16])}
	a.etag, a.etagGzip = []string{`"` + a.mark + `"`}, []string{`"` + a.mark + `-gzip"`}
	a.length = []string{strconv.Itoa(len(b))}
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	_, _ = w.Write(b)
	_ = w.Close()
	if z.Len() < len(b) {
		a.gzip, a.lengthGzip, a.encoding = z.Bytes(), []string{strconv.Itoa(z.Len())}, []string{"gzip"}
	}
	return a
}

var (
	revalidate = []string{"no-cache"}
	forever    = []string{"public, max-age=31536000, immutable"}
	perReader  = []string{"private, no-cache"}
	varyCoding = []string{"Accept-Encoding"}
	varyReader = []string{"Accept-Encoding, Cookie"}
)

// serve answers a GET or HEAD with the artefact, or 304 when the reader has it.
func (a *artefact) serve(w http.ResponseWriter, r *http.Request, status int, caching []string) {
	h := w.Header()
	h["Cache-Control"] = caching
	h["Vary"] = varyCoding
	if caching[0] == perReader[0] {
		h["Vary"] = varyReader
	}
	h["Content-Type"] = a.mediaType
	body := a.plain
	h["Etag"] = a.etag
	length := a.length
	if a.gzip != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, length = a.gzip, a.lengthGzip
		h["Etag"] = a.etagGzip
		h["Content-Encoding"] = a.encoding
	}
	if known := r.Header.Get("If-None-Match"); known != "" && status == http.StatusOK && (strings.Contains(known, a.mark) || known == "*") {
		delete(h, "Content-Encoding")
		delete(h, "Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Length"] = length
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func acceptsGzip(accept string) bool {
	for accept != "" {
		var one string
		one, accept, _ = strings.Cut(accept, ",")
		name, weight, _ := strings.Cut(one, ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		q, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		v, err := strconv.ParseFloat(q, 64)
		return !ok || err != nil || v > 0
	}
	return false
}

var staticTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon",
}

// readStatic takes the public style sheets and icons; what the staff pages use
// is not served here.
func (s *Site) readStatic() error {
	s.static = map[string]*artefact{}
	sum := sha256.New()
	err := fs.WalkDir(s.c.Static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kind := staticTypes[path.Ext(name)]
		if kind == "" || !strings.HasPrefix(name, "css/public") && !strings.HasPrefix(name, "icons/") {
			return nil
		}
		b, err := fs.ReadFile(s.c.Static, name)
		if err != nil {
			return err
		}
		sum.Write([]byte(name))
		sum.Write(b)
		s.static["/"+name] = newArtefact(kind, b)
		return nil
	})
	s.assets = hex.EncodeToString(sum.Sum(nil))[:12]
	return err
}

// fileName makes a name that is safe in a header and on every disk.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if name == "" || name == "." || name == ".." {
		return "file"
	}
	return name
}

func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": fileName(name)})
}
