package staff

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

// assets are the style sheet, the script and the icons, ready to be served under
// an address that changes with them.
type assets struct {
	mark  string
	files map[string]asset
}

type asset struct {
	kind, etag  string
	plain, gzip []byte
}

var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png"}

func readAssets(f fs.FS) (*assets, error) {
	a := &assets{files: map[string]asset{}}
	all := sha256.New()
	err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
		kind := assetKinds[path.Ext(name)]
		if err != nil || d.IsDir() || kind == "" || strings.HasPrefix(name, "css/public") {
			return err
		}
		b, err := fs.ReadFile(f, name)
		if err != nil {
			return err
		}
		all.Write([]byte(name))
		all.Write(b)
		sum := sha256.Sum256(b)
		var z bytes.Buffer
		w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
		_, _ = w.Write(b)
		_ = w.Close()
		a.files[name] = asset{kind, hex.EncodeToString(sum[:8]), b, z.Bytes()}
		return nil
	})
	a.mark = hex.EncodeToString(all.Sum(nil))[:12]
	return a, err
}

// serve answers a file. Under the present mark it never changes; under an older
// one it is the present file, for a page that was open over an upgrade.
func (a *assets) serve(c *gin.Context) {
	f, ok := a.files[strings.TrimPrefix(c.Param("name"), "/")]
	if !ok {
		c.Status(http.StatusNotFound)
		return
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-cache")
	if c.Param("hash") == a.mark {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	b, etag := f.plain, `"`+f.etag+`"`
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") && len(f.gzip) < len(f.plain) {
		b, etag = f.gzip, `"`+f.etag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	if strings.Contains(c.GetHeader("If-None-Match"), f.etag) {
		h.Del("Content-Encoding")
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, f.kind, b)
}
