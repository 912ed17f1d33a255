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

// func boxesAVX2(means, darkest, lines *uint8, stride, rows, count int, b *boxes)
// Means and darkest bytes of count boxes of b.k bytes in rows of so many lines, 8 boxes at once, the last 8 where they
// end. A shuffle gives each box of a line 4 bytes: what is left over is 0 for the sum, the box's first for the darkest.
TEXT ·boxesAVX2(SB), NOSPLIT, $0-56
	MOVQ means+0(FP), DI
	MOVQ darkest+8(FP), R8
	MOVQ lines+16(FP), SI
	MOVQ stride+24(FP), DX
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

// HALF numbers the chroma of half of 32 pixels, and leaves their mask in words.
#define HALF(CB, CR, MASK, YCB, YCR, YMASK, PLACE) \
	VPMOVZXBW CB, YCB             \
	VPMOVZXBW CR, YCR             \
	VPMULLW   Y9, YCB, YCB        \
	VPADDW    YCR, YCB, YCB       \
	VPMOVSXBW MASK, YMASK         \
	VPBLENDVB YMASK, YCB, Y8, YCB \
	VMOVDQU   YCB, PLACE

// SUM adds 32 bytes to sums.
#define SUM(X, Y, X2, Y2, PLACE, PLACE2) \
	VEXTRACTI128 $1, Y, X2      \
	VPMOVZXBW    X, Y           \
	VPMOVZXBW    X2, Y2         \
	VPADDW       PLACE, Y, Y    \
	VPADDW       PLACE2, Y2, Y2 \
	VMOVDQU      Y, PLACE       \
	VMOVDQU      Y2, PLACE2

// func skinAVX2(chroma, sums *uint16, found *uint32, luma, cb, cr, out *uint8, stride, count int, rule *skinRule)
// Numbers of skin's chroma, sums of what is skin, and a bit for each of it, 32 pixels at once.
TEXT ·skinAVX2(SB), NOSPLIT, $0-80
	MOVQ chroma+0(FP), DI
	MOVQ sums+8(FP), R8
	MOVQ found+16(FP), R13
	MOVQ luma+24(FP), SI
	MOVQ cb+32(FP), R9
	MOVQ cr+40(FP), R10
	MOVQ out+48(FP), R11
	MOVQ stride+56(FP), DX
	MOVQ count+64(FP), CX
	MOVQ rule+72(FP), BX
	ADDQ DX, DX
	LEAQ (R8)(DX*2), R12 // the sums of cr

	VPBROADCASTB 0(BX), Y15
	VPBROADCASTB 1(BX), Y14
	VPBROADCASTB 2(BX), Y13
	VPBROADCASTB 3(BX), Y12
	VPBROADCASTB 4(BX), Y11
	VPBROADCASTB 5(BX), Y10
	VPBROADCASTW 6(BX), Y9
	VMOVDQU      8(BX), Y8

skin:
	VMOVDQU   (SI), Y0
	VMOVDQU   (R9), Y1
	VMOVDQU   (R10), Y2
	VPCMPEQB  Y3, Y3, Y3
	RANGE(Y0, Y15, Y14, Y4, Y5, Y3)
	RANGE(Y1, Y13, Y12, Y4, Y5, Y3)
	RANGE(Y2, Y11, Y10, Y6, Y5, Y3)
	VMOVDQU   (R11), Y5
	VPANDN    Y3, Y5, Y3
	VPMOVMSKB Y3, AX
	MOVL      AX, (R13)
	VPAND     Y3, Y0, Y0
	VPAND     Y3, Y1, Y1
	VPAND     Y3, Y2, Y2

	SUM(X0, Y0, X5, Y5, (R8), 32(R8))
	SUM(X1, Y1, X5, Y5, (R8)(DX*1), 32(R8)(DX*1))
	SUM(X2, Y2, X5, Y5, (R12), 32(R12))

	VEXTRACTI128 $1, Y4, X0
	VEXTRACTI128 $1, Y6, X1
	VEXTRACTI128 $1, Y3, X2
	HALF(X4, X6, X3, Y4, Y6, Y3, (DI))
	HALF(X0, X1, X2, Y0, Y1, Y2, 32(DI))
	VMOVDQU (R12)(DX*1), Y4
	VMOVDQU 32(R12)(DX*1), Y0
	VPSUBW  Y3, Y4, Y4
	VPSUBW  Y2, Y0, Y0
	VMOVDQU Y4, (R12)(DX*1)
	VMOVDQU Y0, 32(R12)(DX*1)

	ADDQ $32, SI
	ADDQ $32, R9
	ADDQ $32, R10
	ADDQ $32, R11
	ADDQ $64, R8
	ADDQ $64, R12
	ADDQ $64, DI
	ADDQ $4, R13
	DECQ CX
	JNZ  skin
	VZEROUPPER
	RET
