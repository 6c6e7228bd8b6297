package site

import "context"

// Snapshot tells what readers see now from what they saw before.
func (s *Site) Snapshot() any {
	n, err := s.current(context.Background())
	if err != nil {
		return err
	}
	return n
}

// Searching fills or frees all places of searches.
func (s *Site) Searching(all bool) {
	for range searches {
		if all {
			s.searching <- struct{}{}
		} else {
			<-s.searching
		}
	}
}
