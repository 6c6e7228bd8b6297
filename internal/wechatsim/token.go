package wechatsim

import (
	"time"
)

func (c *call) plainToken() (object, *failure) {
	q := c.r.URL.Query()
	if fail := c.sim.credentials(q.Get("grant_type"), q.Get("appid"), q.Get("secret")); fail != nil {
		return nil, fail
	}
	value := c.sim.name("plaintoken")
	if err := c.sim.commit(entry{Kind: "plain_token", ID: value, Until: c.now.Add(2 * time.Hour).UnixMicro()}); err != nil {
		return nil, no(-1)
	}
	return object{"access_token": value, "expires_in": 7200}, nil
}

func (c *call) stableToken() (object, *failure) {
	var in struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	if fail := c.json(&in); fail != nil {
		return nil, fail
	}
	s := c.sim
	if fail := s.credentials(in.Grant, in.AppID, in.Secret); fail != nil {
		return nil, fail
	}
	left := s.stable.expires.Sub(c.now)
	why := ""
	if in.Force {
		if c.now.Sub(s.forcedAt) < 30*time.Second {
			return nil, &failure{45011, "force_refresh too often"}
		}
		why = "force"
	}
	if left < 5*time.Minute || in.Force {
		value := s.name("token")
		if err := s.commit(entry{Kind: "token", ID: value, Why: why, Until: c.now.Add(2 * time.Hour).UnixMicro()}); err != nil {
			return nil, no(-1)
		}
		left = 2 * time.Hour
	}
	return object{"access_token": s.stable.value, "expires_in": int(left / time.Second)}, nil
}

func (s *Sim) credentials(grant, appID, secret string) *failure {
	switch {
	case grant != "client_credential":
		return no(40002)
	case appID != s.o.AppID:
		return no(40013)
	case secret != s.o.Secret:
		return no(40125)
	}
	return nil
}

func (s *Sim) checkToken(value string) *failure {
	now := s.o.Now()
	if value == "" {
		return no(41001)
	}
	for _, t := range []token{s.stable, s.previous, s.plain} {
		if t.value == value {
			if now.Before(t.expires) {
				return nil
			}
			return no(42001)
		}
	}
	return no(40001)
}

// dailyQuota are the platform's default limits a day, by path.
var dailyQuota = map[string]int{
	"/cgi-bin/token":                  2000,
	"/cgi-bin/stable_token":           500000,
	"/cgi-bin/draft/add":              1000,
	"/cgi-bin/draft/update":           1000,
	"/cgi-bin/draft/get":              500,
	"/cgi-bin/draft/batchget":         1000,
	"/cgi-bin/draft/count":            1000,
	"/cgi-bin/draft/delete":           1000,
	"/cgi-bin/freepublish/submit":     100,
	"/cgi-bin/freepublish/get":        100,
	"/cgi-bin/freepublish/delete":     10,
	"/cgi-bin/freepublish/getarticle": 100,
	"/cgi-bin/freepublish/batchget":   100,
}

func (s *Sim) quota(path string) (limit, used int) {
	at := path + " " + day(s.o.Now())
	limit = 100000
	for _, m := range []map[string]int{dailyQuota, s.o.Quotas} {
		if n, ok := m[path]; ok {
			limit = n
		}
	}
	if n, ok := s.left[at]; ok {
		limit = n
	}
	return limit, s.used[at]
}

// spend counts a call against the quota of its path and day.
func (s *Sim) spend(path string) *failure {
	limit, used := s.quota(path)
	if used >= limit {
		return no(45009)
	}
	if err := s.commit(entry{Kind: "call", Path: path}); err != nil {
		return no(-1)
	}
	return nil
}

func (c *call) quotaGet() (object, *failure) {
	var in struct {
		Path string `json:"cgi_path"`
	}
	if fail := c.json(&in); fail != nil {
		return nil, fail
	}
	if _, known := endpoints[in.Path]; !known {
		return nil, &failure{76021, "cgi_path not found"}
	}
	limit, used := c.sim.quota(in.Path)
	return object{"errcode": 0, "errmsg": "ok",
		"quota":      object{"daily_limit": limit, "used": used, "remain": max(0, limit-used)},
		"rate_limit": object{"call_count": 600, "refresh_second": 60}}, nil
}

func (c *call) callbackIP() (object, *failure) { return object{"ip_list": []string{"127.0.0.1"}}, nil }

func (c *call) userCumulate() (object, *failure) {
	var in struct {
		Begin string `json:"begin_date"`
		End   string `json:"end_date"`
	}
	if fail := c.json(&in); fail != nil {
		return nil, fail
	}
	from, err1 := time.ParseInLocation(time.DateOnly, in.Begin, shanghai)
	to, err2 := time.ParseInLocation(time.DateOnly, in.End, shanghai)
	switch {
	case err1 != nil || err2 != nil:
		return nil, &failure{61500, "date format error"}
	case to.Before(from) || to.Sub(from) >= 7*24*time.Hour:
		return nil, &failure{61501, "date range error"}
	case in.End >= day(c.now):
		return nil, &failure{61503, "data not ready"}
	}
	list := []object{}
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		list = append(list, object{"ref_date": d.Format(time.DateOnly), "user_source": 0, "cumulate_user": c.sim.o.Followers})
	}
	return object{"list": list}, nil
}
