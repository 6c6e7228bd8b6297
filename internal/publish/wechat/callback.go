package wechat

import (
	"context"
	"io"
	"net/http"

	"gongkai/internal/blob"
	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/publish/wechat/platform"
)

const callbackLimit = 64 << 10

// Callback takes the platform's pushes: it verifies, stores the event raw and
// answers at once, because the platform waits five seconds. What the event says
// is believed only after a read. Without a configured callback every request is
// refused.
func (c *Channel) Callback() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if c.callback == nil {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		switch r.Method {
		case http.MethodGet:
			c.echo(w, r)
		case http.MethodPost:
			c.push(w, r)
		default:
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		}
	})
}

// echo answers the console's check of the address.
func (c *Channel) echo(w http.ResponseWriter, r *http.Request) {
	echo, err := c.callback.Echo(r.URL.Query(), c.cfg.DB.Now())
	if err != nil {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	_, _ = io.WriteString(w, echo)
}

func (c *Channel) push(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, callbackLimit))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	ev, err := c.callback.Open(r.URL.Query(), body, c.cfg.DB.Now())
	if err != nil {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	if err := c.store(r.Context(), ev); err != nil {
		// The platform repeats what was not answered.
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	crashpoint.Here("K15")
	_, _ = io.WriteString(w, "success")
}

// store puts the event into the inbox, once however often it is pushed.
func (c *Channel) store(ctx context.Context, ev platform.Event) error {
	l := letter{
		Account: c.cfg.AppID, Digest: blob.Hash(ev.Raw), Event: cutText(ev.Name, 40), Raw: string(ev.Raw),
		PublishID: cutText(ev.PublishID, 80), ArticleID: cutText(ev.ArticleID, 160),
	}
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		l.ID, l.At = 0, db.Micros(tx.Now())
		fresh, err := receive(tx, l)
		if err != nil || !fresh || l.Event != platform.FinishEvent || l.PublishID == "" || c.cfg.Wake == nil {
			return err
		}
		d, known, err := deliveryOf(tx, c.cfg.AppID, l.PublishID)
		if err != nil || !known || d.ArticleID != "" {
			return err
		}
		return c.cfg.Wake(tx, d.PublicationID)
	})
}
