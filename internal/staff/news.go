package staff

import (
	"net/http"
)

// news is what a manuscript's page asks while it is looked at: nothing while it
// shows the newest version, else what was done since and by whom.
func (s *Staff) news(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	v.form = v.Request.URL.Query()
	version, err := s.Desk.Version(v.ctx, v.actor, id)
	if err != nil {
		return err
	}
	if version == v.seen().Version {
		v.Status(http.StatusNoContent)
		return nil
	}
	open, err := s.Desk.Open(v.ctx, v.actor, id, 0)
	if err != nil {
		return err
	}
	s.render(v.Context, http.StatusOK, "news", struct {
		*conflict
		ID int64
	}{conflictOf(v, open, s), id})
	return nil
}
