package httpapi

import (
	"context"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/body"
	"gongkai/internal/catalogue"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
	"gongkai/internal/org"
	"gongkai/internal/workflow"
)

func langOf(r *request) catalogue.Lang { return httpserver.Lang(r.Context) }

func (s *API) publications(r *request) (any, error) {
	before, err := r.number("before")
	if err != nil {
		return nil, err
	}
	all, err := s.Desk.Publications(r.ctx, r.actor, before)
	out := struct {
		Publications []publicationBody `json:"publications"`
		Next         int64             `json:"next,omitempty"`
	}{Publications: []publicationBody{}}
	for _, p := range all {
		out.Publications = append(out.Publications, s.publication(r, p))
	}
	if len(all) == 50 {
		out.Next = all[49].ID
	}
	return out, err
}

type howBody struct {
	How string `json:"how"`
}

func (s *API) retry(r *request, in howBody) (httpserver.Answer, error) {
	id, err := r.id()
	if err != nil {
		return httpserver.Answer{}, err
	}
	p, err := s.Desk.ResumePublication(r.ctx, r.actor, id, in.How)
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(s.publication(r, p))
}

type reasonBody struct {
	Reason string `json:"reason"`
}

func (s *API) freeze(r *request, in reasonBody) (httpserver.Answer, error) {
	if err := s.Desk.Freeze(r.ctx, r.actor, in.Reason); err != nil {
		return httpserver.Answer{}, err
	}
	return ok(nothing{})
}

func (s *API) thaw(r *request, _ nothing) (httpserver.Answer, error) {
	lifted, err := s.Desk.Thaw(r.ctx, r.actor)
	if err != nil {
		return httpserver.Answer{}, err
	}
	return ok(map[string]bool{"lifted": lifted})
}

type sectionBody struct {
	ID          int64  `json:"id,omitempty"`
	Slug        string `json:"slug"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Keywords    string `json:"keywords"`
	ColumnType  string `json:"column_type"`
	Sort        int    `json:"sort"`
}

func sectionOf(x manuscript.Section) sectionBody {
	return sectionBody{x.ID, x.Slug, x.Title, x.Description, x.Keywords, x.ColumnType, x.Sort}
}

func (s *API) sections(r *request) (any, error) {
	all, err := s.Desk.Sections(r.ctx, r.actor)
	out := struct {
		Sections []sectionBody `json:"sections"`
	}{[]sectionBody{}}
	for _, x := range all {
		out.Sections = append(out.Sections, sectionOf(x))
	}
	return out, err
}

func (s *API) addSection(r *request, in sectionBody) (httpserver.Answer, error) {
	x, err := s.Desk.AddSection(r.ctx, r.actor, manuscript.Section{Slug: in.Slug, Title: in.Title, Description: in.Description, Keywords: in.Keywords, ColumnType: in.ColumnType, Sort: in.Sort})
	if err != nil {
		return httpserver.Answer{}, err
	}
	return created(sectionOf(x))
}

type chainBody struct {
	ID        string     `json:"id"`
	Version   int        `json:"version"`
	Title     string     `json:"title"`
	Basis     string     `json:"basis"`
	AppliesTo []string   `json:"applies_to"`
	Gates     []gateBody `json:"gates"`
	Steps     []stepBody `json:"steps"`
	After     []stepBody `json:"after_publish"`
}

type gateBody struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

func (s *API) workflows(r *request) (any, error) {
	if _, err := s.Desk.Entitled(r.ctx, r.actor, "workflow.read"); err != nil {
		return nil, err
	}
	out := struct {
		Workflows []chainBody `json:"workflows"`
	}{[]chainBody{}}
	for _, d := range s.Library.All() {
		b := chainBody{d.ID, d.Version, d.Title, d.Basis, append([]string{}, d.AppliesTo...), []gateBody{}, []stepBody{}, []stepBody{}}
		for _, g := range d.Gates {
			b.Gates = append(b.Gates, gateBody(g))
		}
		for i := range d.Steps {
			b.Steps = append(b.Steps, *stepOf(&d.Steps[i], workflow.Deadline{}))
		}
		for i := range d.AfterPublish {
			b.After = append(b.After, *stepOf(&d.AfterPublish[i], workflow.Deadline{}))
		}
		out.Workflows = append(out.Workflows, b)
	}
	return out, nil
}

type importBody struct {
	Title  string       `json:"title"`
	Body   string       `json:"body"`
	Report []remarkBody `json:"report"`
}

type remarkBody struct {
	Code string `json:"code"`
	Say  string `json:"say"`
}

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

// importFile reads a .txt, .md or .html file into a draft's text. Nothing is
// stored, so a repeat is read again; only the key is held to its file.
func (s *API) importFile(c *gin.Context) {
	u, err := s.upload(c)
	if err != nil {
		s.Problem(c, err)
		return
	}
	doc, err := body.Import(u.name, u.bytes)
	if err == nil {
		_, _, err = s.OnceHashed(c.Request.Context(), u.actor, u.key, u.request, func(context.Context) (httpserver.Answer, error) { return ok(nothing{}) })
	}
	if err != nil {
		s.Problem(c, err)
		return
	}
	out := importBody{doc.Title, doc.Body, []remarkBody{}}
	for _, r := range doc.Report {
		out.Report = append(out.Report, remarkBody{r.Code, s.Words.Say(httpserver.Lang(c), r.Code, r.Args)})
	}
	c.JSON(http.StatusOK, out)
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
		hash, err := s.Desk.Attach(ctx, u.actor, unit, media, u.bytes)
		if err != nil {
			return httpserver.Answer{}, err
		}
		return created(manuscript.Attachment{Name: u.name, MediaType: media, Size: int64(len(u.bytes)), Hash: hash})
	})
	if err != nil {
		s.Problem(c, err)
		return
	}
	c.Data(status, "application/json; charset=utf-8", out)
}
