#include "textflag.h"

// BOTH makes 16 numbers of 16 bits of two rows: three times the nearer, and the other.
#define BOTH(AT, T) \
	VPMOVZXBW AT(SI), T   \
	VPMOVZXBW AT(DX), Y7  \
	VPADDW    T, Y7, Y7   \
	VPADDW    T, T, T     \
	VPADDW    T, Y7, T

// BETWEEN makes 32 samples at DI of 16 numbers Y1 and their neighbours Y0 and Y2.
#define BETWEEN(BITS) \
	VPADDW  Y1, Y1, Y3    \
	VPADDW  Y1, Y3, Y3    \
	VPADDW  Y3, Y0, Y0    \
	VPADDW  Y8, Y0, Y0    \
	VPSRLW  $BITS, Y0, Y0 \
	VPADDW  Y3, Y2, Y2    \
	VPADDW  Y9, Y2, Y2    \
	VPSRLW  $BITS, Y2, Y2 \
	VPSLLW  $8, Y2, Y2    \
	VPOR    Y2, Y0, Y0    \
	VMOVDQU Y0, (DI)

// SPREAD fills a register with a number of 16 bits.
#define SPREAD(N, X, Y) \
	MOVL         $N, AX \
	VMOVD        AX, X  \
	VPBROADCASTW X, Y

// func doubledAVX2(into, near, far *uint8, blocks int)
TEXT ·doubledAVX2(SB), NOSPLIT, $0-32
	MOVQ into+0(FP), DI
	MOVQ near+8(FP), SI
	MOVQ far+16(FP), DX
	MOVQ blocks+24(FP), CX
	SPREAD(8, X8, Y8)
	SPREAD(7, X9, Y9)

doubling:
	BOTH(0, Y0)
	BOTH(1, Y1)
	BOTH(2, Y2)
	BETWEEN(4)
	ADDQ $16, SI
	ADDQ $16, DX
	ADDQ $32, DI
	DECQ CX
	JNZ  doubling
	VZEROUPPER
	RET

// func stretchedAVX2(into, near *uint8, blocks int)
TEXT ·stretchedAVX2(SB), NOSPLIT, $0-24
	MOVQ into+0(FP), DI
	MOVQ near+8(FP), SI
	MOVQ blocks+16(FP), CX
	SPREAD(1, X8, Y8)
	SPREAD(2, X9, Y9)

stretching:
	VPMOVZXBW 0(SI), Y0
	VPMOVZXBW 1(SI), Y1
	VPMOVZXBW 2(SI), Y2
	BETWEEN(2)
	ADDQ $16, SI
	ADDQ $32, DI
	DECQ CX
	JNZ  stretching
	VZEROUPPER
	RET

// The fields of brushes.
#define MIDDLE    0x00(BX)
#define RED       0x20(BX)
#define BLUE      0x40(BX)
#define ONE       0x60(BX)
#define GREEN     0x80(BX)
#define HALF      0xa0(BX)
#define ORDER(AT) (0xc0+32*(AT))(BX)

// COLOURS makes 16 of red, green and blue, of 16 bits, of luma Y, blue difference B and red difference R, which stay
// as they are but for the middle. A factor times twice a difference, its lower half cut, and one more, halved: that is
// the product rounded.
#define COLOURS(Y, B, R, RED1, GREEN1, BLUE1) \
	VPSUBW     MIDDLE, B, B           \
	VPSUBW     MIDDLE, R, R           \
	VPADDW     R, R, RED1             \
	VPMULHW    RED, RED1, RED1        \
	VPADDW     ONE, RED1, RED1        \
	VPSRAW     $1, RED1, RED1         \
	VPADDW     R, RED1, RED1          \
	VPADDW     Y, RED1, RED1          \
	VPUNPCKLWD R, B, GREEN1           \
	VPUNPCKHWD R, B, BLUE1            \
	VPMADDWD   GREEN, GREEN1, GREEN1  \
	VPMADDWD   GREEN, BLUE1, BLUE1    \
	VPADDD     HALF, GREEN1, GREEN1   \
	VPADDD     HALF, BLUE1, BLUE1     \
	VPSRAD     $16, GREEN1, GREEN1    \
	VPSRAD     $16, BLUE1, BLUE1      \
	VPACKSSDW  BLUE1, GREEN1, GREEN1  \
	VPSUBW     R, GREEN1, GREEN1      \
	VPADDW     Y, GREEN1, GREEN1      \
	VPADDW     B, B, B                \
	VPMULHW    BLUE, B, BLUE1         \
	VPADDW     ONE, BLUE1, BLUE1      \
	VPSRAW     $1, BLUE1, BLUE1       \
	VPADDW     B, BLUE1, BLUE1        \
	VPADDW     Y, BLUE1, BLUE1

// PART stores the bytes of one part of pixels: of the lower 16 pixels, and of the upper.
#define PART(PART) \
	VPSHUFB      ORDER(3*PART+0), Y0, Y3  \
	VPSHUFB      ORDER(3*PART+1), Y1, Y4  \
	VPSHUFB      ORDER(3*PART+2), Y2, Y5  \
	VPOR         Y3, Y4, Y4               \
	VPOR         Y4, Y5, Y5               \
	VMOVDQU      X5, (16*PART)(DI)        \
	VEXTRACTI128 $1, Y5, (48+16*PART)(DI)

// func paintAVX2(into, luma, cb, cr *uint8, blocks int, with *brushes)
TEXT ·paintAVX2(SB), NOSPLIT, $0-48
	MOVQ  into+0(FP), DI
	MOVQ  luma+8(FP), SI
	MOVQ  cb+16(FP), DX
	MOVQ  cr+24(FP), R8
	MOVQ  blocks+32(FP), CX
	MOVQ  with+40(FP), BX
	VPXOR Y15, Y15, Y15

painting:
	VMOVDQU    (SI), Y0
	VMOVDQU    (DX), Y1
	VMOVDQU    (R8), Y2
	VPUNPCKHBW Y15, Y0, Y3
	VPUNPCKHBW Y15, Y1, Y4
	VPUNPCKHBW Y15, Y2, Y5
	VPUNPCKLBW Y15, Y0, Y0
	VPUNPCKLBW Y15, Y1, Y1
	VPUNPCKLBW Y15, Y2, Y2
	COLOURS(Y0, Y1, Y2, Y6, Y7, Y8)
	COLOURS(Y3, Y4, Y5, Y9, Y10, Y11)
	VPACKUSWB  Y9, Y6, Y0
	VPACKUSWB  Y10, Y7, Y1
	VPACKUSWB  Y11, Y8, Y2
	PART(0)
	PART(1)
	PART(2)
	ADDQ       $32, SI
	ADDQ       $32, DX
	ADDQ       $32, R8
	ADDQ       $96, DI
	DECQ       CX
	JNZ        painting
	VZEROUPPER
	RET
