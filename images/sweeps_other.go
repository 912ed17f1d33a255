//go:build !amd64

package images

func halveVectors(_, _, _ []uint8) int                      { return 0 }
func addColumnsVectors(_, _ []uint64, _ []uint8, _ int) int { return 0 }
func spillVectors(_ []uint32, _, _ []uint64) int            { return 0 }
func stepsVectors([]uint8) (sum, done int)                  { return 0, 0 }
