#include "textflag.h"

// func halveAVX2(into, upper, lower *uint8, count int)
// Means of two by two, 16 at once. VPMADDUBSW adds neighbours, times one.
TEXT ·halveAVX2(SB), NOSPLIT, $0-32
	MOVQ into+0(FP), DI
	MOVQ upper+8(FP), SI
	MOVQ lower+16(FP), DX
	MOVQ count+24(FP), CX

	VPCMPEQB Y15, Y15, Y15
	VPABSB   Y15, Y15      // ones
	VPCMPEQW Y14, Y14, Y14
	VPABSW   Y14, Y14
	VPADDW   Y14, Y14, Y14 // twos

halves:
	VMOVDQU      (SI), Y0
	VMOVDQU      (DX), Y1
	VPMADDUBSW   Y15, Y0, Y0
	VPMADDUBSW   Y15, Y1, Y1
	VPADDW       Y1, Y0, Y0
	VPADDW       Y14, Y0, Y0
	VPSRLW       $2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKUSWB    X1, X0, X0
	VMOVDQU      X0, (DI)
	ADDQ         $32, SI
	ADDQ         $32, DX
	ADDQ         $16, DI
	DECQ         CX
	JNZ          halves
	VZEROUPPER
	RET

// func addColumnsAVX2(even, odd *uint64, row *uint8, count, times int)
// Adds 32 bytes of a row at once, each so many times.
TEXT ·addColumnsAVX2(SB), NOSPLIT, $0-40
	MOVQ even+0(FP), DI
	MOVQ odd+8(FP), DX
	MOVQ row+16(FP), SI
	MOVQ count+24(FP), CX

	MOVQ         times+32(FP), AX
	VMOVQ        AX, X15
	VPBROADCASTW X15, Y15
	VPCMPEQW     Y14, Y14, Y14
	VPSRLW       $8, Y14, Y14 // the even bytes

add:
	VMOVDQU (SI), Y0
	VPSRLW  $8, Y0, Y1
	VPAND   Y14, Y0, Y0
	VPMULLW Y15, Y0, Y0
	VPMULLW Y15, Y1, Y1
	VPADDW  (DI), Y0, Y0
	VPADDW  (DX), Y1, Y1
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, (DX)
	ADDQ    $32, SI
	ADDQ    $32, DI
	ADDQ    $32, DX
	DECQ    CX
	JNZ     add
	VZEROUPPER
	RET

// func spillAVX2(sums *uint32, even, odd *uint64, count int)
// Adds even and odd columns to the sums, 16 at once, and clears them.
TEXT ·spillAVX2(SB), NOSPLIT, $0-32
	MOVQ sums+0(FP), DI
	MOVQ even+8(FP), SI
	MOVQ odd+16(FP), DX
	MOVQ count+24(FP), CX

	VPXOR X15, X15, X15

spill:
	VMOVDQU    (SI), X0
	VMOVDQU    (DX), X1
	VMOVDQU    X15, (SI)
	VMOVDQU    X15, (DX)
	VPUNPCKLWD X1, X0, X2
	VPUNPCKHWD X1, X0, X3
	VPMOVZXWD  X2, Y2
	VPMOVZXWD  X3, Y3
	VPADDD     (DI), Y2, Y2
	VPADDD     32(DI), Y3, Y3
	VMOVDQU    Y2, (DI)
	VMOVDQU    Y3, 32(DI)
	ADDQ       $16, SI
	ADDQ       $16, DX
	ADDQ       $64, DI
	DECQ       CX
	JNZ        spill
	VZEROUPPER
	RET

// func boxesAVX2(means, darkest, lines *uint8, width, rows, count int, b *boxes)
// Means and darkest bytes of count boxes of b.k bytes in rows of so many lines, 8 boxes at once, the last 8 where they
// end. A shuffle gives each box of a line 4 bytes: what is left over is 0 for the sum, the box's first for the darkest.
TEXT ·boxesAVX2(SB), NOSPLIT, $0-56
	MOVQ means+0(FP), DI
	MOVQ darkest+8(FP), R8
	MOVQ lines+16(FP), SI
	MOVQ width+24(FP), DX
	MOVQ rows+32(FP), R9
	MOVQ count+40(FP), CX
	MOVQ b+48(FP), BX

	MOVQ           0(BX), R10   // k
	VBROADCASTI128 8(BX), Y15   // shuffles
	VBROADCASTI128 24(BX), Y14
	VBROADCASTI128 40(BX), Y13  // of the means' bytes
	VPBROADCASTD   56(BX), Y12  // half a box
	VPBROADCASTD   60(BX), Y11  // 65536 over a box
	VPCMPEQB       Y10, Y10, Y10
	VPABSB         Y10, Y10     // ones
	VPCMPEQW       Y9, Y9, Y9
	VPABSW         Y9, Y9

	SUBQ $8, CX // the last 8 begin there
	XORQ AX, AX

boxes:
	MOVQ     AX, R11
	IMULQ    R10, R11
	ADDQ     SI, R11
	LEAQ     (R11)(R10*4), R12 // the next 4
	MOVQ     R9, R13
	VPXOR    Y0, Y0, Y0
	VPCMPEQB Y1, Y1, Y1

lines:
	VMOVDQU     (R11), X2
	VINSERTI128 $1, (R12), Y2, Y2
	VPSHUFB     Y15, Y2, Y3
	VPSHUFB     Y14, Y2, Y2
	VPMADDUBSW  Y10, Y3, Y3
	VPADDW      Y3, Y0, Y0
	VPMINUB     Y2, Y1, Y1
	ADDQ        DX, R11
	ADDQ        DX, R12
	DECQ        R13
	JNZ         lines

	VPMADDWD     Y9, Y0, Y0
	VPADDD       Y12, Y0, Y0
	VPMULHUW     Y11, Y0, Y0
	VPSHUFB      Y13, Y0, Y0
	VPSRLD       $16, Y1, Y2
	VPMINUB      Y2, Y1, Y1
	VPSRLD       $8, Y1, Y2
	VPMINUB      Y2, Y1, Y1
	VPSHUFB      Y13, Y1, Y1
	VEXTRACTI128 $1, Y0, X2
	VEXTRACTI128 $1, Y1, X3
	VPUNPCKLDQ   X2, X0, X0
	VPUNPCKLDQ   X3, X1, X1
	VMOVQ        X0, (DI)(AX*1)
	VMOVQ        X1, (R8)(AX*1)

	CMPQ    AX, CX
	JEQ     boxed
	ADDQ    $8, AX
	CMPQ    AX, CX
	CMOVQGT CX, AX
	JMP     boxes

boxed:
	VZEROUPPER
	RET

// func stepsAVX2(line *uint8, count int) (sum uint64)
// Sum of the steps from byte to byte, 32 at once.
TEXT ·stepsAVX2(SB), NOSPLIT, $0-24
	MOVQ line+0(FP), SI
	MOVQ count+8(FP), CX

	VPXOR Y0, Y0, Y0

steps:
	VMOVDQU 1(SI), Y1
	VPSADBW (SI), Y1, Y1
	VPADDQ  Y1, Y0, Y0
	ADDQ    $32, SI
	DECQ    CX
	JNZ     steps

	VEXTRACTI128 $1, Y0, X1
	VPADDQ       X1, X0, X0
	VPSRLDQ      $8, X0, X1
	VPADDQ       X1, X0, X0
	VMOVQ        X0, sum+16(FP)
	VZEROUPPER
	RET

// DIFFER is how far bytes of A and B are apart; T is lost.
#define DIFFER(A, B, T, TO) \
	VPSUBUSB A, B, T  \
	VPSUBUSB B, A, TO \
	VPOR     T, TO, TO

// func slopesAVX2(sums *slopeLanes, luma, within *uint8, away *uint16, width, count int)
// Sums of slopes, 16 pixels at once, in 8 or 16 lanes.
TEXT ·slopesAVX2(SB), NOSPLIT, $0-48
	MOVQ sums+0(FP), DI
	MOVQ luma+8(FP), SI
	MOVQ within+16(FP), R8
	MOVQ away+24(FP), R9
	MOVQ width+32(FP), DX
	MOVQ count+40(FP), CX

	VPCMPEQW Y13, Y13, Y13
	VPABSW   Y13, Y13       // 1
	VPADDW   Y13, Y13, Y0
	VPADDW   Y13, Y0, Y11   // 3
	VPADDW   Y11, Y11, Y14  // 6
	VPSLLW   $4, Y11, Y12
	VPSUBW   Y13, Y12, Y12  // 47
	VPXOR    Y15, Y15, Y15
	VPXOR    Y5, Y5, Y5     // level
	VPXOR    Y6, Y6, Y6     // across
	VPXOR    Y7, Y7, Y7     // along the sides
	VPXOR    Y8, Y8, Y8     // all
	VPXOR    Y9, Y9, Y9     // by distance
	VPXOR    Y10, Y10, Y10  // steep

slopes:
	VMOVDQU   (SI), X0
	VMOVDQU   1(SI), X1
	VMOVDQU   (SI)(DX*1), X2
	DIFFER(X0, X1, X3, X1)
	DIFFER(X0, X2, X3, X2)
	VMOVDQU   (R8), X3
	VPAND     X3, X1, X1
	VPAND     X3, X2, X2
	VPSADBW   X15, X1, X4
	VPADDQ    X4, X6, X6
	VPMOVZXBW X1, Y1
	VPMOVZXBW X2, Y2
	VPADDW    Y2, Y1, Y3
	VPMINUW   Y2, Y1, Y4
	VPMULLW   Y14, Y4, Y4
	VPCMPGTW  Y3, Y4, Y4
	VPANDN    Y3, Y4, Y4
	VPMADDWD  Y13, Y4, Y4
	VPADDD    Y4, Y7, Y7
	VPMADDWD  Y13, Y3, Y4
	VPADDD    Y4, Y8, Y8
	VPMADDWD  (R9), Y3, Y4
	VPADDD    Y4, Y9, Y9
	VPCMPGTW  Y12, Y3, Y4
	VPSUBW    Y4, Y10, Y10
	VPCMPGTW  Y3, Y11, Y4
	VPSUBW    Y4, Y5, Y5
	ADDQ      $16, SI
	ADDQ      $16, R8
	ADDQ      $32, R9
	DECQ      CX
	JNZ       slopes

	VMOVDQU Y7, 0(DI)
	VMOVDQU Y8, 32(DI)
	VMOVDQU Y9, 64(DI)
	VMOVDQU Y10, 96(DI)
	VMOVDQU Y5, 128(DI)
	VMOVDQU X6, 160(DI)
	VZEROUPPER
	RET

// func thinAVX2(found *uint32, luma, darkest *uint8, width, count int)
// A bit for each pixel whose darkest is 24 and more below its neighbours on two sides, 32 at once.
TEXT ·thinAVX2(SB), NOSPLIT, $0-40
	MOVQ found+0(FP), DI
	MOVQ luma+8(FP), SI
	MOVQ darkest+16(FP), R8
	MOVQ width+24(FP), DX
	MOVQ count+32(FP), CX
	MOVQ SI, R9
	SUBQ DX, R9

	VPCMPEQB Y15, Y15, Y15
	VPABSB   Y15, Y15
	VPADDB   Y15, Y15, Y0
	VPADDB   Y15, Y0, Y0
	VPSLLW   $3, Y0, Y15 // 24

thin:
	VMOVDQU   -1(SI), Y0
	VPMINUB   1(SI), Y0, Y0
	VMOVDQU   (R9), Y1
	VPMINUB   (SI)(DX*1), Y1, Y1
	VPMAXUB   Y1, Y0, Y0
	VPADDUSB  (R8), Y15, Y1
	VPMAXUB   Y1, Y0, Y0
	VPCMPEQB  Y1, Y0, Y0
	VPMOVMSKB Y0, AX
	NOTL      AX
	MOVL      AX, (DI)
	ADDQ      $32, SI
	ADDQ      $32, R8
	ADDQ      $32, R9
	ADDQ      $4, DI
	DECQ      CX
	JNZ       thin
	VZEROUPPER
	RET

// func bendsAVX2(into *uint16, luma *uint8, width, count int)
// 1020 and four times a pixel less its four neighbours, 16 at once.
TEXT ·bendsAVX2(SB), NOSPLIT, $0-32
	MOVQ into+0(FP), DI
	MOVQ luma+8(FP), SI
	MOVQ width+16(FP), DX
	MOVQ count+24(FP), CX
	MOVQ SI, R9
	SUBQ DX, R9

	VPCMPEQW Y15, Y15, Y15
	VPSRLW   $8, Y15, Y15
	VPSLLW   $2, Y15, Y15 // 1020

bends:
	VPMOVZXBW (SI), Y0
	VPMOVZXBW -1(SI), Y1
	VPMOVZXBW 1(SI), Y2
	VPMOVZXBW (R9), Y3
	VPMOVZXBW (SI)(DX*1), Y4
	VPSLLW    $2, Y0, Y0
	VPADDW    Y15, Y0, Y0
	VPADDW    Y2, Y1, Y1
	VPADDW    Y4, Y3, Y3
	VPADDW    Y3, Y1, Y1
	VPSUBW    Y1, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $16, R9
	ADDQ      $32, DI
	DECQ      CX
	JNZ       bends
	VZEROUPPER
	RET

// RANGE leaves of MASK the bytes that are at least LEAST and at most SPAN above it; OVER is how far.
#define RANGE(BYTES, LEAST, SPAN, OVER, T, MASK) \
	VPSUBB   LEAST, BYTES, OVER \
	VPMINUB  SPAN, OVER, T      \
	VPCMPEQB OVER, T, T         \
	VPAND    T, MASK, MASK

// SUM adds bytes in a mask to sums at PLACE.
#define SUM(BYTES, X, Y, MASK, PLACE) \
	VPAND     MASK, BYTES, X \
	VPMOVZXBW X, Y           \
	VPADDW    PLACE, Y, Y    \
	VMOVDQU   Y, PLACE

// func skinAVX2(chroma, sums *uint16, luma, cb, cr, out *uint8, stride, count int, rule *skinRule)
// Numbers of skin's chroma, and sums of what is skin, 16 pixels at once.
TEXT ·skinAVX2(SB), NOSPLIT, $0-72
	MOVQ chroma+0(FP), DI
	MOVQ sums+8(FP), R8
	MOVQ luma+16(FP), SI
	MOVQ cb+24(FP), R9
	MOVQ cr+32(FP), R10
	MOVQ out+40(FP), R11
	MOVQ stride+48(FP), DX
	MOVQ count+56(FP), CX
	MOVQ rule+64(FP), BX
	ADDQ DX, DX
	LEAQ (R8)(DX*2), R12 // the sums of cr

	VPBROADCASTB 0(BX), X15
	VPBROADCASTB 1(BX), X14
	VPBROADCASTB 2(BX), X13
	VPBROADCASTB 3(BX), X12
	VPBROADCASTB 4(BX), X11
	VPBROADCASTB 5(BX), X10
	VPBROADCASTW 6(BX), Y9
	VMOVDQU      8(BX), Y8

skin:
	VMOVDQU   (SI), X0
	VMOVDQU   (R9), X1
	VMOVDQU   (R10), X2
	VPCMPEQB  X3, X3, X3
	RANGE(X0, X15, X14, X4, X5, X3)
	RANGE(X1, X13, X12, X4, X5, X3)
	RANGE(X2, X11, X10, X6, X5, X3)
	VMOVDQU   (R11), X5
	VPANDN    X3, X5, X3
	VPMOVZXBW X4, Y4
	VPMOVZXBW X6, Y6
	VPMULLW   Y9, Y4, Y4
	VPADDW    Y6, Y4, Y4
	VPMOVSXBW X3, Y5
	VPBLENDVB Y5, Y4, Y8, Y4
	VMOVDQU   Y4, (DI)
	SUM(X0, X0, Y0, X3, (R8))
	SUM(X1, X1, Y1, X3, (R8)(DX*1))
	SUM(X2, X2, Y2, X3, (R12))
	VMOVDQU   (R12)(DX*1), Y4
	VPSUBW    Y5, Y4, Y4
	VMOVDQU   Y4, (R12)(DX*1)
	ADDQ      $16, SI
	ADDQ      $16, R9
	ADDQ      $16, R10
	ADDQ      $16, R11
	ADDQ      $32, R8
	ADDQ      $32, R12
	ADDQ      $32, DI
	DECQ      CX
	JNZ       skin
	VZEROUPPER
	RET
