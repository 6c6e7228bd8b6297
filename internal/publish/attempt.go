package publish

import "gongkai/internal/fault"

var (
	// ErrFenced says that another worker has taken this delivery over: stop
	// without another call.
	ErrFenced = fault.New(fault.Conflict, "publish.fenced")
	// ErrStopped says that the publication was withdrawn, rescheduled or frozen
	// since the work was handed out: nothing may become visible.
	ErrStopped = fault.New(fault.Conflict, "publish.stopped")
)

// Outcome is how an outside call ended, as the intent row records it.
type Outcome string

const (
	Accepted Outcome = "accepted" // the remote confirmed it
	Refused  Outcome = "refused"  // the remote answered no; it had no effect
	NotSent  Outcome = "not_sent" // nothing was written to the wire
	Unknown  Outcome = "unknown"  // anything else: read before acting again
)
