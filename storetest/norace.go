//go:build !race

package storetest

// raceDetector says that this is a build with the race detector.
const raceDetector = false
