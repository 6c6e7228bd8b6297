package site

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/internal/blob"
	"gongkai/internal/db"
)

// sandbox keeps a file that a browser opens nevertheless from doing anything.
var sandbox = []string{"default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'none'"}

// file answers an attachment of a visible page, to be saved, not opened.
func (s *Site) file(c *gin.Context, n *snapshot) {
	for _, f := range n.files.get(c.Param("hash")) {
		if f.Name != "" && fileName(f.Name) == c.Param("name") {
			c.Writer.Header()["Content-Disposition"] = []string{attachment(f.Name)}
			s.bytes(c, f)
			return
		}
	}
	s.problem(c.Writer, c.Request, n, http.StatusNotFound)
}

var images = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// image answers a picture that stands in the text of a visible page.
func (s *Site) image(c *gin.Context, n *snapshot) {
	for _, f := range n.files.get(c.Param("hash")) {
		if f.Name == "" && images[f.MediaType] {
			s.bytes(c, f)
			return
		}
	}
	s.problem(c.Writer, c.Request, n, http.StatusNotFound)
}

func (s *Site) bytes(c *gin.Context, f fileRow) {
	var b blob.Blob
	err := s.c.DB.Read(c.Request.Context(), func(tx *db.Tx) (err error) {
		b, err = blob.Get(tx, f.Hash)
		return err
	})
	if err != nil {
		delete(c.Writer.Header(), "Content-Disposition")
		s.broken(c.Writer, c.Request, err)
		return
	}
	h := c.Writer.Header()
	h["Content-Security-Policy"] = sandbox
	h["Content-Type"] = []string{f.MediaType}
	h["Cache-Control"] = revalidate
	h["Etag"] = []string{`"` + strings.TrimPrefix(f.Hash, "sha256:")[:32] + `"`}
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(b.Bytes))
}

// asset answers a style sheet or icon. The hash in its address changes with
// every version of the program; pages rendered by an older one still find it.
func (s *Site) asset(c *gin.Context) {
	a := s.static[c.Param("name")]
	if a == nil {
		s.plainProblem(c.Writer, c.Request, http.StatusNotFound)
		return
	}
	caching := forever
	if c.Param("hash") != s.assets {
		caching = revalidate
	}
	a.serve(c.Writer, c.Request, http.StatusOK, caching)
}

func (s *Site) favicon(c *gin.Context) {
	a := s.static["/icons/favicon.svg"]
	if a == nil {
		s.plainProblem(c.Writer, c.Request, http.StatusNotFound)
		return
	}
	a.serve(c.Writer, c.Request, http.StatusOK, []string{"public, max-age=86400"})
}

func (s *Site) robots(c *gin.Context) {
	newArtefact("text/plain; charset=utf-8", []byte("User-agent: *\nDisallow: /view\nDisallow: /search\nSitemap: "+s.URL("/sitemap.xml")+"\n")).
		serve(c.Writer, c.Request, http.StatusOK, revalidate)
}

func (s *Site) health(c *gin.Context) {
	status, word := http.StatusOK, "ok\n"
	if err := s.c.DB.Ping(c.Request.Context()); err != nil {
		status, word = http.StatusServiceUnavailable, "unavailable\n"
	}
	h := c.Writer.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["Cache-Control"] = []string{"no-store"}
	c.Writer.WriteHeader(status)
	if c.Request.Method != http.MethodHead {
		_, _ = io.WriteString(c.Writer, word)
	}
}

// looks are the style sheets a reader may put over the normal one: large type
// (适老化) and strong contrast.
var looks = map[string]string{"big": "/css/public-big.css", "contrast": "/css/public-contrast.css"}

// setView remembers the reader's choice in a cookie and goes back to the page.
func (s *Site) setView(c *gin.Context) {
	look := c.Query("look")
	cookie := &http.Cookie{Name: "look", Value: look, Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.https()}
	if looks[look] == "" {
		cookie.Value, cookie.MaxAge = "", -1
	}
	http.SetCookie(c.Writer, cookie)
	c.Writer.Header()["Cache-Control"] = []string{"no-store"}
	c.Redirect(http.StatusSeeOther, ownPath(c.Query("back")))
}

// viewCSS is the one answer that depends on the reader, so that no page does.
func (s *Site) viewCSS(c *gin.Context) {
	a := plainLook
	if k, err := c.Request.Cookie("look"); err == nil && s.static[looks[k.Value]] != nil {
		a = s.static[looks[k.Value]]
	}
	a.serve(c.Writer, c.Request, http.StatusOK, perReader)
}

var plainLook = newArtefact("text/css; charset=utf-8", []byte("/* normal */\n"))
