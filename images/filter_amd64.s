#include "textflag.h"

// LINE adds the products of 16 bytes of a line to four sums: a weight is two numbers of 16 bits,
// and there are two weights.
#define LINE(FROM, A, B, C, D) \
	VPMOVZXBW FROM, Y12      \
	VPMADDWD  Y8, Y12, Y13   \
	VPADDD    Y13, A, A      \
	VPMADDWD  Y9, Y12, Y13   \
	VPADDD    Y13, B, B      \
	VPMADDWD  Y10, Y12, Y13  \
	VPADDD    Y13, C, C      \
	VPMADDWD  Y11, Y12, Y13  \
	VPADDD    Y13, D, D

// WHOLE adds the sums of the upper halves of weights to those of the lower halves.
#define WHOLE(LOWER, UPPER) \
	VPSLLD $12, UPPER, UPPER \
	VPADDD UPPER, LOWER, LOWER

// func dotsAVX2(a, b *uint8, w *words, count int, sums *[4]int32)
TEXT ·dotsAVX2(SB), NOSPLIT, $0-40
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ w+16(FP), DX
	MOVQ count+24(FP), CX
	MOVQ sums+32(FP), AX

	VPXOR Y0, Y0, Y0 // of line a: first sample, lower and upper halves
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2 // second sample
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4 // of line b
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7

loop:
	VMOVDQU 0x00(DX), Y8
	VMOVDQU 0x20(DX), Y9
	VMOVDQU 0x40(DX), Y10
	VMOVDQU 0x60(DX), Y11
	LINE((SI), Y0, Y1, Y2, Y3)
	LINE((DI), Y4, Y5, Y6, Y7)
	ADDQ    $16, SI
	ADDQ    $16, DI
	ADDQ    $128, DX
	DECQ    CX
	JNZ     loop

	WHOLE(Y0, Y1)
	WHOLE(Y2, Y3)
	WHOLE(Y4, Y5)
	WHOLE(Y6, Y7)
	VPHADDD      Y2, Y0, Y0
	VPHADDD      Y6, Y4, Y4
	VPHADDD      Y4, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VMOVDQU      X0, (AX)
	VZEROUPPER
	RET
