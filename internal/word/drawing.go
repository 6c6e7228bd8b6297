package word

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"strings"

	"gongkai/internal/blob"
	"gongkai/internal/body"
	"gongkai/internal/picture"
)

// drawing reads w:drawing, w:pict or w:object: pictures are kept, everything
// else that can be drawn is named and left out.
func (r *reader) drawing(d *xml.Decoder, el string, f style) error {
	alt, href, pictures := "", "", 0
	object := el == "w:object"
	p := r.p
	marks := len(p.marks)
	err := walk(d, func(el string, e *xml.StartElement) (bool, error) {
		switch el {
		case "wp:docPr":
			if alt = attr(e, "descr"); alt == "" {
				alt = attr(e, "title")
			}
		case "a:hlinkClick":
			if href == "" {
				href = body.Link(r.links[attr(e, "id")].target)
			}
		case "v:shape", "v:rect":
			if a := attr(e, "alt"); a != "" {
				alt = a
			}
		case "w:txbxContent":
			return true, r.dropped(d, "docx.text_box")
		case "v:textpath":
			p.mark("docx.text_box", len(p.plain), attr(e, "string"), nil)
		case "c:chart", "dgm:relIds", "o:OLEObject", "w:control":
			object = true
		case "mc:Fallback":
			return true, d.Skip()
		case "a:blip":
			pictures++
			if !object {
				return false, r.picture(attr(e, "embed"), alt, href, f)
			}
		case "v:imagedata":
			pictures++
			if !object {
				return false, r.picture(attr(e, "id"), alt, href, f)
			}
		}
		return false, nil
	})
	switch {
	case object:
		p.mark("docx.object", len(p.plain), "", nil)
	case pictures == 0 && len(p.marks) == marks:
		p.mark("docx.shape", len(p.plain), "", nil)
	}
	return err
}

// mostPixels is what the pictures of one file may decode to in all.
const mostPixels = 4 * picture.MaxPixels

// picture shows an image, or says why not. Its error refuses the file.
func (r *reader) picture(id, alt, href string, f style) error {
	p := r.p
	leave := func(code string) error {
		p.mark(code, len(p.plain), alt, map[string]any{})
		return nil
	}
	if r.unseen() {
		return nil
	}
	if is(f.hidden) {
		p.mark("docx.hidden", len(p.plain), "[图]", nil)
		return nil
	}
	link, known := r.links[id]
	if !known || link.external || r.a.parts[strings.ToLower(link.target)] == nil {
		return leave("docx.image_missing")
	}
	b, err := r.a.read(link.target, maxMedia)
	if errors.Is(err, ErrBomb) {
		return err
	}
	if err != nil {
		return leave("docx.image_kind")
	}
	if size, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil {
		if r.pixels += size.Width * size.Height; r.pixels > mostPixels {
			return ErrBomb
		}
	}
	media, b, err := picture.Clean(b)
	if err != nil {
		return leave("docx.image_kind")
	}
	for _, c := range alt {
		if turns(c) {
			alt = quote(alt)
			break
		}
	}
	if body.Line(alt) == "" {
		_ = leave("docx.image_alt")
	}
	hash := blob.Hash(b)
	known, kept := false, len(b)
	for _, i := range r.images {
		known = known || i.Hash == hash
		kept += len(i.Bytes)
	}
	if !known {
		if kept > maxMedia {
			return ErrBomb
		}
		r.images = append(r.images, Image{hash, media, b})
	}
	x := body.Run{Image: "/blob/" + hash, Alt: alt}
	if href != "" {
		p.href = append(p.href, href)
		defer func() { p.href = p.href[:len(p.href)-1] }()
	}
	r.show(x, f, "")
	return nil
}
