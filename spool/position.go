package spool

import (
	"fmt"
	"os"
)

// positionLength is how many digits a position has.
const positionLength = 20

// readPosition gives how many bytes of a segment are delivered. Whatever is no
// position is 0: then it is sent again, which does no harm.
func readPosition(dir string, number int64, segment *os.File, size int64) int64 {
	n := storedPosition(dir, number)
	if n <= 0 || n > size {
		return 0
	}
	var before [1]byte
	if _, err := segment.ReadAt(before[:], n-1); err != nil || before[0] != '\n' {
		return 0
	}
	return n
}

// storedPosition reads a position's file for itself.
func storedPosition(dir string, number int64) int64 {
	text, err := os.ReadFile(positionPath(dir, number))
	if err != nil || len(text) != positionLength || !allDigits(text) {
		return 0
	}
	var n int64
	for _, c := range text {
		if n > (1<<62)/10 {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// writePosition writes how far a segment is delivered.
func writePosition(f *os.File, n int64) error {
	_, err := f.WriteAt(fmt.Appendf(nil, "%0*d", positionLength, n), 0)
	return err
}
