package httpserver

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Addressed gives a public handler the address its reader comes from, as the
// trusted proxies in front of the program say.
func (s *Server) Addressed(h func(w http.ResponseWriter, r *http.Request, address string)) (http.Handler, error) {
	e := gin.New()
	if err := e.SetTrustedProxies(s.Proxies); err != nil {
		return nil, err
	}
	e.NoRoute(func(c *gin.Context) {
		c.Status(http.StatusOK)
		h(c.Writer, c.Request, Address(c))
		c.Writer.WriteHeaderNow()
	})
	return e, nil
}
