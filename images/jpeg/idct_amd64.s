#include "textflag.h"

// The fields of vectors.
#define F0298 0x000(CX)
#define F0541 0x020(CX)
#define F0765 0x040(CX)
#define F1175 0x060(CX)
#define F1501 0x080(CX)
#define F2053 0x0a0(CX)
#define F3072 0x0c0(CX)
#define M0390 0x0e0(CX)
#define M0899 0x100(CX)
#define M1847 0x120(CX)
#define M1961 0x140(CX)
#define M2562 0x160(CX)
#define HALF1 0x180(CX)
#define HALF2 0x1a0(CX)
#define TURN  0x1c0(CX)

// PASS transforms Y0–Y7, eight lines at once, a lane each, into Y8–Y15. It is a loop of idctGo, with the same names.
#define PASS(HALF, SHIFT) \
	VPADDD  Y6, Y2, Y8     \ // z1
	VPMULLD F0541, Y8, Y8  \
	VPMULLD F0765, Y2, Y9  \ // t3
	VPADDD  Y8, Y9, Y9     \
	VPMULLD M1847, Y6, Y10 \ // t2
	VPADDD  Y8, Y10, Y10   \
	VPADDD  Y4, Y0, Y11    \ // t0
	VPSLLD  $13, Y11, Y11  \
	VPADDD  HALF, Y11, Y11 \
	VPSUBD  Y4, Y0, Y12    \ // t1
	VPSLLD  $13, Y12, Y12  \
	VPADDD  HALF, Y12, Y12 \
	VPADDD  Y9, Y11, Y0    \ // e0
	VPADDD  Y10, Y12, Y2   \ // e1
	VPSUBD  Y10, Y12, Y4   \ // e2
	VPSUBD  Y9, Y11, Y6    \ // e3
	VPADDD  Y3, Y7, Y8     \ // z3
	VPADDD  Y1, Y5, Y9     \ // z4
	VPADDD  Y8, Y9, Y10    \ // z5
	VPMULLD F1175, Y10, Y10 \
	VPMULLD M1961, Y8, Y8  \
	VPADDD  Y10, Y8, Y8    \
	VPMULLD M0390, Y9, Y9  \
	VPADDD  Y10, Y9, Y9    \
	VPADDD  Y1, Y7, Y10    \ // z1
	VPMULLD M0899, Y10, Y10 \
	VPADDD  Y3, Y5, Y11    \ // z2
	VPMULLD M2562, Y11, Y11 \
	VPMULLD F0298, Y7, Y7  \ // t0
	VPADDD  Y10, Y7, Y7    \
	VPADDD  Y8, Y7, Y7     \
	VPMULLD F2053, Y5, Y5  \ // t1
	VPADDD  Y11, Y5, Y5    \
	VPADDD  Y9, Y5, Y5     \
	VPMULLD F3072, Y3, Y3  \ // t2
	VPADDD  Y11, Y3, Y3    \
	VPADDD  Y8, Y3, Y3     \
	VPMULLD F1501, Y1, Y1  \ // t3
	VPADDD  Y10, Y1, Y1    \
	VPADDD  Y9, Y1, Y1     \
	VPADDD  Y1, Y0, Y8     \
	VPSUBD  Y1, Y0, Y15    \
	VPADDD  Y3, Y2, Y9     \
	VPSUBD  Y3, Y2, Y14    \
	VPADDD  Y5, Y4, Y10    \
	VPSUBD  Y5, Y4, Y13    \
	VPADDD  Y7, Y6, Y11    \
	VPSUBD  Y7, Y6, Y12    \
	VPSRAD  SHIFT, Y8, Y8  \
	VPSRAD  SHIFT, Y9, Y9  \
	VPSRAD  SHIFT, Y10, Y10 \
	VPSRAD  SHIFT, Y11, Y11 \
	VPSRAD  SHIFT, Y12, Y12 \
	VPSRAD  SHIFT, Y13, Y13 \
	VPSRAD  SHIFT, Y14, Y14 \
	VPSRAD  SHIFT, Y15, Y15

// TRANSPOSE takes the lines in Y8–Y15 to their columns in Y0–Y7: by pairs of numbers, by fours, by halves of registers.
#define TRANSPOSE \
	VPUNPCKLDQ  Y9, Y8, Y0    \
	VPUNPCKHDQ  Y9, Y8, Y1    \
	VPUNPCKLDQ  Y11, Y10, Y2  \
	VPUNPCKHDQ  Y11, Y10, Y3  \
	VPUNPCKLDQ  Y13, Y12, Y4  \
	VPUNPCKHDQ  Y13, Y12, Y5  \
	VPUNPCKLDQ  Y15, Y14, Y6  \
	VPUNPCKHDQ  Y15, Y14, Y7  \
	VPUNPCKLQDQ Y2, Y0, Y8    \
	VPUNPCKHQDQ Y2, Y0, Y9    \
	VPUNPCKLQDQ Y3, Y1, Y10   \
	VPUNPCKHQDQ Y3, Y1, Y11   \
	VPUNPCKLQDQ Y6, Y4, Y12   \
	VPUNPCKHQDQ Y6, Y4, Y13   \
	VPUNPCKLQDQ Y7, Y5, Y14   \
	VPUNPCKHQDQ Y7, Y5, Y15   \
	VPERM2I128  $0x20, Y12, Y8, Y0  \
	VPERM2I128  $0x20, Y13, Y9, Y1  \
	VPERM2I128  $0x20, Y14, Y10, Y2 \
	VPERM2I128  $0x20, Y15, Y11, Y3 \
	VPERM2I128  $0x31, Y12, Y8, Y4  \
	VPERM2I128  $0x31, Y13, Y9, Y5  \
	VPERM2I128  $0x31, Y14, Y10, Y6 \
	VPERM2I128  $0x31, Y15, Y11, Y7

// func idctAVX2(b *block, dst *byte, stride int, constants *vectors)
TEXT ·idctAVX2(SB), NOSPLIT, $0-32
	MOVQ b+0(FP), AX
	MOVQ dst+8(FP), DI
	MOVQ stride+16(FP), SI
	MOVQ constants+24(FP), CX
	LEAQ (SI)(SI*2), DX

	VMOVDQU 0x00(AX), Y0
	VMOVDQU 0x20(AX), Y1
	VMOVDQU 0x40(AX), Y2
	VMOVDQU 0x60(AX), Y3
	VMOVDQU 0x80(AX), Y4
	VMOVDQU 0xa0(AX), Y5
	VMOVDQU 0xc0(AX), Y6
	VMOVDQU 0xe0(AX), Y7
	PASS(HALF1, $11)
	TRANSPOSE
	PASS(HALF2, $18)

	// Samples, a column a register, a lane a row: clamped to bytes,
	// four rows of four columns in half a register, then turned.
	VPACKSSDW  Y9, Y8, Y8
	VPACKSSDW  Y11, Y10, Y10
	VPACKSSDW  Y13, Y12, Y12
	VPACKSSDW  Y15, Y14, Y14
	VPACKUSWB  Y10, Y8, Y8
	VPACKUSWB  Y14, Y12, Y12
	VMOVDQU    TURN, Y9
	VPSHUFB    Y9, Y8, Y8
	VPSHUFB    Y9, Y12, Y12
	VPUNPCKLDQ Y12, Y8, Y0 // rows 0, 1, 4, 5
	VPUNPCKHDQ Y12, Y8, Y1 // rows 2, 3, 6, 7

	VMOVQ        X0, (DI)
	VMOVHPS      X0, (DI)(SI*1)
	VMOVQ        X1, (DI)(SI*2)
	VMOVHPS      X1, (DI)(DX*1)
	LEAQ         (DI)(SI*4), DI
	VEXTRACTI128 $1, Y0, X0
	VEXTRACTI128 $1, Y1, X1
	VMOVQ        X0, (DI)
	VMOVHPS      X0, (DI)(SI*1)
	VMOVQ        X1, (DI)(SI*2)
	VMOVHPS      X1, (DI)(DX*1)
	VZEROUPPER
	RET
