//go:build !amd64

package images

var hasVectors = false

func halveVectors(_, _, _ []uint8) int                            { return 0 }
func addColumnsVectors(_, _ []uint64, _ []uint8, _ int) int       { return 0 }
func spillVectors(_ []uint32, _, _ []uint64) int                  { return 0 }
func boxRowVectors(_, _, _ []uint8, _, _, _, _ int) int           { return 0 }
func stepsVectors([]uint8) (sum, done int)                        { return 0, 0 }
func (*slopeSums) addVectors(_, _ []uint8, _ []uint16, _ int) int { return 0 }
func bendsVectors([]uint16, []uint8, int) int                     { return 0 }
func thinVectors([]uint32, []uint8, []uint8, int) int             { return 0 }
func (*skinRow) lookVectors(_, _, _ []uint8) int                  { return 0 }
