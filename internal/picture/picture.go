// Package picture makes pictures fit to be published: what a camera or a program
// wrote beside the pixels (place, device, owner, thumbnail, whole other files)
// is gone (BM-8).
package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/bep/imagemeta"

	"gongkai/internal/fault"
)

var (
	// ErrKind refuses what is no whole PNG or JPEG picture.
	ErrKind = fault.New(fault.Unsupported, "picture.kind")
	// ErrTooLarge refuses more than MaxPixels ("max" in millions).
	ErrTooLarge = fault.New(fault.TooLarge, "picture.too_large")
)

// MaxPixels bounds the memory a picture takes while it is read.
const MaxPixels = 40_000_000

// quality keeps what is seen; a picture is written anew at most once.
const quality = 92

// Clean answers a picture that holds nothing but pixels, upright, and its media
// type. What is clean already is answered byte for byte, so
// Clean(Clean(b)) == Clean(b).
func Clean(b []byte) (mediaType string, clean []byte, err error) {
	size, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || kind != "png" && kind != "jpeg" {
		return "", nil, ErrKind
	}
	if size.Width <= 0 || size.Height <= 0 || size.Width > MaxPixels/size.Height {
		return "", nil, ErrTooLarge.With("max", MaxPixels/1_000_000)
	}
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return "", nil, ErrKind.Because(err)
	}
	mediaType = "image/" + kind
	if kind == "png" && barePNG(b) || kind == "jpeg" && bareJPEG(b) {
		return mediaType, b, nil
	}
	var out bytes.Buffer
	if kind == "png" {
		err = png.Encode(&out, m)
	} else {
		err = jpeg.Encode(&out, upright(m, orientation(b)), &jpeg.Options{Quality: quality})
	}
	return mediaType, out.Bytes(), err
}

// barePNG says that a picture consists of the four kinds of chunk that hold its
// pixels, and ends with the last.
func barePNG(b []byte) bool {
	for b = b[8:]; len(b) >= 12; {
		n := binary.BigEndian.Uint32(b)
		switch string(b[4:8]) {
		case "IHDR", "PLTE", "tRNS", "IDAT":
		case "IEND":
			return len(b) == 12
		default:
			return false
		}
		if uint64(n)+12 > uint64(len(b)) {
			return false
		}
		b = b[n+12:]
	}
	return false
}

// bareJPEG says that a picture has no application segment, no comment and
// nothing after its end.
func bareJPEG(b []byte) bool {
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff; {
		switch marker := b[1]; {
		case marker >= 0xe0 && marker <= 0xef, marker == 0xfe:
			return false
		case marker == 0xda:
			return bytes.Index(b, []byte{0xff, 0xd9}) == len(b)-2
		}
		n := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return false
}

// orientation is how a camera was held, 1 to 8 as EXIF counts, 1 when unknown.
func orientation(b []byte) int {
	held := 1
	_, err := imagemeta.Decode(imagemeta.Options{R: bytes.NewReader(b), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" && t.Namespace == "IFD0" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if n, ok := t.Value.(uint16); ok && n >= 1 && n <= 8 {
				held = int(n)
			}
			return nil
		}})
	if err != nil {
		return 1
	}
	return held
}

// upright turns and mirrors a picture so that it needs no orientation.
func upright(m image.Image, held int) image.Image {
	if held == 1 {
		return m
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	outW, outH := w, h
	if held >= 5 {
		outW, outH = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, outW, outH))
	for y := range outH {
		for x := range outW {
			u, v := x, y
			if held >= 5 {
				u, v = y, x
			}
			switch held {
			case 2, 3, 7, 8:
				u = w - 1 - u
			}
			switch held {
			case 3, 4, 6, 7:
				v = h - 1 - v
			}
			out.Set(x, y, m.At(m.Bounds().Min.X+u, m.Bounds().Min.Y+v))
		}
	}
	return out
}
