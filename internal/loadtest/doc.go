// Package loadtest lets a whole office work in the pages at once, against the
// real program in a process of its own. It has tests only, which make load runs.
package loadtest
