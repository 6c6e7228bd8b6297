package wechat

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif"
	"image/jpeg"
	"image/png"

	scale "golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"gongkai/internal/publish/wechat/platform"
)

const (
	coverWidth, coverHeight = 900, 383
	bodyImageLimit          = 1<<20 - 1
	widest                  = 1080     // of a body image that must shrink; the platform's column is narrower
	mostPixels              = 64 << 20 // decoding more could take the machine down
)

// defaultCover is drawn, not shipped: a blue field with a red band. The title
// stands beside it on the card, so it holds no letters.
func defaultCover() []byte {
	img := image.NewPaletted(image.Rect(0, 0, coverWidth, coverHeight), color.Palette{
		color.RGBA{0x12, 0x4a, 0x8c, 0xff}, color.RGBA{0xc0, 0x1f, 0x2e, 0xff}, color.RGBA{0xff, 0xff, 0xff, 0xff},
	})
	fill := func(y0, y1 int, c uint8) {
		draw.Draw(img, image.Rect(0, y0, coverWidth, y1), image.NewUniform(img.Palette[c]), image.Point{}, draw.Src)
	}
	fill(0, coverHeight, 0)
	fill(coverHeight-64, coverHeight-60, 2)
	fill(coverHeight-60, coverHeight, 1)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// crops answers the parts of a cover of the given size shown at 2.35:1 and at
// 1:1, around its middle, as X1_Y1_X2_Y2 in fractions.
func crops(width, height int) (wide, square string) {
	part := func(ratio float64) string {
		w, h := float64(width), float64(height)
		x, y := 1.0, 1.0
		if w/h > ratio {
			x = h * ratio / w
		} else {
			y = w / ratio / h
		}
		return fmt.Sprintf("%.6f_%.6f_%.6f_%.6f", (1-x)/2, (1-y)/2, (1+x)/2, (1+y)/2)
	}
	return part(2.35), part(1)
}

// bodyImage makes a picture one the platform takes inside a text: JPEG or PNG
// below 1 MiB. Bytes that already are stay as they were signed.
func bodyImage(b []byte) (platform.File, error) {
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return platform.File{}, fmt.Errorf("not a picture we can read: %w", err)
	}
	if cfg.Width*cfg.Height > mostPixels {
		return platform.File{}, fmt.Errorf("%d × %d pixels are too many", cfg.Width, cfg.Height)
	}
	if (kind == "jpeg" || kind == "png") && len(b) <= bodyImageLimit {
		return platform.File{Name: "image." + kind, MediaType: "image/" + kind, Bytes: b}, nil
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return platform.File{}, fmt.Errorf("not a picture we can read: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err == nil && out.Len() <= bodyImageLimit {
		return platform.File{Name: "image.png", MediaType: "image/png", Bytes: out.Bytes()}, nil
	}
	if w := img.Bounds().Dx(); w > widest {
		small := image.NewRGBA(image.Rect(0, 0, widest, max(1, img.Bounds().Dy()*widest/w)))
		draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
		scale.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Over, nil)
		img = small
	}
	for _, q := range []int{85, 70, 55, 40} {
		out.Reset()
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: q}); err != nil {
			return platform.File{}, err
		}
		if out.Len() <= bodyImageLimit {
			return platform.File{Name: "image.jpeg", MediaType: "image/jpeg", Bytes: out.Bytes()}, nil
		}
	}
	return platform.File{}, fmt.Errorf("still %d bytes after shrinking", out.Len())
}

// coverImage prepares a cover for add_material: as it is for type image, a
// JPEG of at most 64 KB for type thumb, which some accounts are said to need.
func coverImage(b []byte, kind string) (f platform.File, width, height int, err error) {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return platform.File{}, 0, 0, fmt.Errorf("the cover is not a picture we can read: %w", err)
	}
	if kind != "thumb" {
		return platform.File{Name: "cover." + format, MediaType: "image/" + format, Bytes: b}, cfg.Width, cfg.Height, nil
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return platform.File{}, 0, 0, err
	}
	for _, q := range []int{85, 60, 35} {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: q}); err != nil {
			return platform.File{}, 0, 0, err
		}
		if out.Len() <= 64<<10 {
			return platform.File{Name: "cover.jpeg", MediaType: "image/jpeg", Bytes: out.Bytes()}, cfg.Width, cfg.Height, nil
		}
	}
	return platform.File{}, 0, 0, fmt.Errorf("the cover does not fit into 64 KB as a thumb")
}
