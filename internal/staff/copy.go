package staff

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gongkai/internal/blob"
	"gongkai/internal/calendar"
	"gongkai/internal/httpserver"
	"gongkai/internal/manuscript"
)

// copyLine is a working copy as the form offers it.
type copyLine struct {
	Sheet, Title string
	At           time.Time
}

// manuscriptOf is the manuscript of the address, 0 for a new one.
func (v *visit) manuscriptOf() (int64, error) {
	if v.Param("id") == "" {
		return 0, nil
	}
	return v.id()
}

// keepCopy keeps what is typed, for the script of the page: it answers JSON,
// also a refusal.
func (s *Staff) keepCopy(v *visit) error {
	id, err := v.manuscriptOf()
	if err != nil {
		return err
	}
	at, err := s.keep(v, id)
	if err != nil {
		return err
	}
	v.JSON(http.StatusOK, gin.H{"at": at.In(calendar.Zone).Format("15:04:05")})
	return nil
}

func (s *Staff) keep(v *visit, id int64) (time.Time, error) {
	kept := url.Values{}
	for name, values := range v.form {
		if name != "key" {
			kept[name] = values
		}
	}
	c := manuscript.WorkingCopy{ManuscriptID: id, Sheet: v.form.Get("sheet"), Title: firstRunes(v.form.Get("title"), 200), Form: kept.Encode()}
	err := s.Desk.KeepCopy(v.ctx, v.actor, v.whole("unit"), v.seen(), &c)
	return c.At, err
}

func (s *Staff) dropCopy(v *visit) (done, error) {
	id, err := v.manuscriptOf()
	if err != nil {
		return done{}, err
	}
	to := "/manuscripts/new"
	if id != 0 {
		to = "/manuscripts/" + strconv.FormatInt(id, 10) + "/edit"
	}
	return done{to, "copy_dropped"}, s.Desk.DropCopy(v.ctx, v.actor, id, v.form.Get("sheet"))
}

// storeFile keeps an attachment of a text being written, for the script that shows
// how far it is.
func (s *Staff) storeFile(v *visit) error {
	a, err := s.stored(v, "file", "attachments")
	if err == nil {
		v.JSON(http.StatusOK, a)
	}
	return err
}

// storeImage keeps a picture of a text being written.
func (s *Staff) storeImage(v *visit) error {
	a, err := s.stored(v, "image", "image")
	if err == nil {
		v.JSON(http.StatusOK, gin.H{"src": "/blob/" + a.Hash})
	}
	return err
}

// stored keeps the one file of a form; on is the field a refusal names.
func (s *Staff) stored(v *visit, name, on string) (manuscript.Attachment, error) {
	if len(v.files[name]) != 1 {
		return manuscript.Attachment{}, blob.ErrNotFound
	}
	f := v.files[name][0]
	media, ok := httpserver.MediaType(f.name, f.bytes)
	if !ok {
		return manuscript.Attachment{}, manuscript.ErrAttachments.On(on).With("name", f.name)
	}
	return s.Desk.Attach(v.ctx, v.actor, v.whole("unit"), f.name, media, f.bytes)
}

// offer reads the actor's working copies of a manuscript into the form: the one
// asked for in its place, the others as lines above it.
func (s *Staff) offer(v *visit, p *editPage) error {
	all, err := s.Desk.Copies(v.ctx, v.actor, p.ID)
	if err != nil {
		return err
	}
	asked, want := v.GetQuery("copy")
	for _, c := range all {
		if !want || c.Sheet != asked {
			p.Copies = append(p.Copies, copyLine{c.Sheet, c.Title, c.At})
			continue
		}
		if v.form, err = url.ParseQuery(c.Form); err != nil {
			return err
		}
		seen := v.seen()
		p.C, p.Keywords, p.Note, p.Format, p.Sheet, p.From = v.typed(), v.form.Get("keywords"), v.form.Get("note"), v.form.Get("format"), c.Sheet, c.At
		if p.ID != 0 {
			p.Version, p.Hash = seen.Version, seen.Hash
		} else if unit := v.whole("unit"); unit != 0 {
			p.Unit = unit
		}
		if err := s.known(v, &p.C); err != nil {
			return err
		}
	}
	return nil
}

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
