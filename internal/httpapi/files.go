package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/blob"
	"gongkai/internal/db"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/word"
)

// upload is the one file of a multipart form, named "file". Two forms with the
// same file are the same request, whatever boundary they were written with.
type upload struct {
	actor   org.Actor
	key     string
	name    string
	bytes   []byte
	request hash.Hash
}

func (s *API) upload(c *gin.Context) (u upload, err error) {
	if u.actor, err = s.Who(c); err != nil {
		return u, err
	}
	if u.key, err = httpserver.Key(c); err != nil {
		return u, err
	}
	u.request = s.RequestHash(c.Request.Method + " " + c.Request.URL.Path)
	u.name, u.bytes, err = readFile(c, u.request)
	return u, err
}

// readFile hashes the file while it is read.
func readFile(c *gin.Context, sum io.Writer) (name string, b []byte, err error) {
	if !strings.HasPrefix(c.GetHeader("Content-Type"), "multipart/form-data") {
		return "", nil, httpserver.ErrContentType.With("want", "multipart/form-data")
	}
	reader, err := c.Request.MultipartReader()
	if err != nil {
		return "", nil, httpserver.ErrContentType.With("want", "multipart/form-data")
	}
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return "", nil, httpserver.ErrQuery.On("file").With("name", "file")
		}
		if err != nil {
			return "", nil, uploadFault(err)
		}
		if part.FormName() != "file" {
			continue
		}
		fmt.Fprintf(sum, "%q\n", part.FileName())
		if b, err = io.ReadAll(io.TeeReader(part, sum)); err != nil {
			return "", nil, uploadFault(err)
		}
		name, err := manuscript.Line("file", part.FileName(), 120)
		return name, b, err
	}
}

func uploadFault(err error) error {
	if strings.Contains(err.Error(), "request body too large") {
		return httpserver.ErrTooLarge.With("max", httpserver.FileLimit>>20)
	}
	return httpserver.ErrQuery.On("file").With("name", "file").Because(err)
}

func (s *API) attach(c *gin.Context) {
	u, err := s.upload(c)
	if err != nil {
		s.Problem(c, err)
		return
	}
	unit, err := (&request{c, c.Request.Context(), u.actor}).id()
	if err != nil {
		s.Problem(c, err)
		return
	}
	media, known := httpserver.MediaType(u.name, u.bytes)
	if !known {
		s.Problem(c, manuscript.ErrAttachments.On("file").With("name", u.name))
		return
	}
	status, out, err := s.OnceHashed(c.Request.Context(), u.actor, u.key, u.request, func(ctx context.Context) (httpserver.Answer, error) {
		f, err := s.Desk.Attach(ctx, u.actor, unit, u.name, media, u.bytes)
		if err != nil {
			return httpserver.Answer{}, err
		}
		return created(f)
	})
	if err != nil {
		s.Problem(c, err)
		return
	}
	c.Data(status, "application/json; charset=utf-8", out)
}

type importBody struct {
	Title  string       `json:"title"`
	Body   string       `json:"body"`
	Report []remarkBody `json:"report"`
	Images []imageBody  `json:"images"`
}

type remarkBody struct {
	Code      string `json:"code"`
	Line      int    `json:"line,omitempty"`
	Paragraph int    `json:"paragraph,omitempty"`
	Near      string `json:"near,omitempty"`
	Say       string `json:"say"`
}

// imageBody is a picture of an imported text. It is stored as any file is, before
// a text with it.
type imageBody struct {
	Hash      string `json:"hash"`
	MediaType string `json:"media_type"`
	Bytes     []byte `json:"bytes"`
}

// importFile reads a file into a draft's text. Nothing is stored, so a repeat is
// read again; only the key is held to its file.
func (s *API) importFile(c *gin.Context) {
	u, err := s.upload(c)
	if err != nil {
		s.Problem(c, err)
		return
	}
	doc, err := word.Import(u.name, u.bytes)
	if err == nil {
		_, _, err = s.OnceHashed(c.Request.Context(), u.actor, u.key, u.request, func(context.Context) (httpserver.Answer, error) { return ok(nothing{}) })
	}
	if err != nil {
		s.Problem(c, err)
		return
	}
	out := importBody{doc.Title, doc.Body, []remarkBody{}, []imageBody{}}
	for _, r := range doc.Report {
		out.Report = append(out.Report, remarkBody{r.Code, r.Line, r.Paragraph, r.Near, s.Words.Say(httpserver.Lang(c), r.Code, r.Args)})
	}
	for _, i := range doc.Images {
		out.Images = append(out.Images, imageBody(i))
	}
	c.JSON(http.StatusOK, out)
}

// docx answers a text as a Word file to those who may read it.
func (s *API) docx(c *gin.Context) {
	if err := s.writeDocx(c); err != nil {
		s.Problem(c, err)
	}
}

func (s *API) writeDocx(c *gin.Context) error {
	actor, err := s.Who(c)
	if err != nil {
		return err
	}
	r := &request{c, c.Request.Context(), actor}
	id, err := r.id()
	if err != nil {
		return err
	}
	no, err := r.number("revision")
	if err != nil {
		return err
	}
	open, err := s.Desk.Open(r.ctx, actor, id, int(no))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = s.DB.Read(r.ctx, func(tx *db.Tx) error {
		return word.Write(&b, open.Revision.Content.Title, open.Revision.Content.Body, func(hash string) ([]byte, error) {
			x, err := blob.Get(tx, hash)
			return x.Bytes, err
		})
	})
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": word.FileName(open.Revision.Content.Title)}))
	c.Data(http.StatusOK, word.MediaType, b.Bytes())
	return nil
}
