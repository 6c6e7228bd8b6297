package wechatsim

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
)

func (c *call) uploadImage() (object, *failure) {
	b, fail := c.media()
	if fail != nil {
		return nil, fail
	}
	kind := sniff(b)
	switch {
	case kind != "image/jpeg" && kind != "image/png":
		return nil, no(40005)
	case len(b) >= c.sim.o.Limits.BodyImage:
		return nil, no(40009)
	}
	id := c.sim.name("img")
	if err := c.sim.commit(entry{Kind: "picture", ID: id, MediaType: kind, Bytes: b}); err != nil {
		return nil, no(-1)
	}
	return object{"url": c.base + pictureURL(id, kind)}, nil
}

func (c *call) addMaterial() (object, *failure) {
	b, fail := c.media()
	if fail != nil {
		return nil, fail
	}
	kind, limit := sniff(b), c.sim.o.Limits.MaterialImage
	switch c.r.URL.Query().Get("type") {
	case "image":
		if kind == "" {
			return nil, no(40005)
		}
	case "thumb":
		limit = c.sim.o.Limits.Thumb
		if kind != "image/jpeg" {
			return nil, no(40005)
		}
	default:
		return nil, &failure{40004, "invalid media type"}
	}
	if len(b) > limit {
		return nil, no(40009)
	}
	count := 0
	for _, p := range c.sim.pictures {
		if p.material {
			count++
		}
	}
	if count >= c.sim.o.Limits.Material {
		return nil, &failure{45001, "media size out of limit"}
	}
	id := c.sim.name("material")
	if err := c.sim.commit(entry{Kind: "picture", ID: id, MediaType: kind, Bytes: b, Material: true}); err != nil {
		return nil, no(-1)
	}
	return object{"media_id": id, "url": c.base + pictureURL(id, kind)}, nil
}

func pictureURL(id, mediaType string) string {
	return "/mmbiz_sim/" + id + "." + strings.TrimPrefix(mediaType, "image/")
}

func (c *call) media() ([]byte, *failure) {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, &failure{41005, "media data missing"}
	}
	parts := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		p, err := parts.NextPart()
		if err != nil {
			return nil, &failure{41005, "media data missing"}
		}
		if p.FormName() == "media" {
			b, err := io.ReadAll(p)
			if err != nil || len(b) == 0 {
				return nil, &failure{44001, "empty media data"}
			}
			return b, nil
		}
	}
}

func (s *Sim) servePicture(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	s.mu.Lock()
	p := s.pictures[strings.TrimSuffix(name, path.Ext(name))]
	s.mu.Unlock()
	if p == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", p.mediaType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(p.bytes)
}
