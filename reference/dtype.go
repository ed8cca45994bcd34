package reference

import (
	"fmt"
	"math"
)

// DType is the element type of a tensor.
type DType uint8

// The element types. Zero is no type.
const (
	F64 DType = iota + 1
	F32
	BF16
	F16
	I64
	I32
	U64
)

var dtypeNames = [...]string{F64: "f64", F32: "f32", BF16: "bf16", F16: "f16", I64: "i64", I32: "i32", U64: "u64"}

// String gives the name used on the command line and in reports: f32, bf16, ...
func (d DType) String() string {
	if int(d) < len(dtypeNames) && d > 0 {
		return dtypeNames[d]
	}
	return fmt.Sprintf("dtype(%d)", uint8(d))
}

// ParseDType is the inverse of String.
func ParseDType(s string) (DType, error) {
	for d, name := range dtypeNames {
		if name != "" && name == s {
			return DType(d), nil
		}
	}
	return 0, fmt.Errorf("unknown dtype %q: want one of f64, f32, bf16, f16, i64, i32, u64", s)
}

// Float reports whether the type holds real numbers.
func (d DType) Float() bool { return d >= F64 && d <= F16 }

// floatFormat describes a binary floating-point format with gradual underflow.
type floatFormat struct {
	digits int // significand bits, the hidden one included
	minExp int // exponent of the smallest normal number 2^minExp
	maxExp int // exponent of the largest finite number
}

var formats = [...]floatFormat{
	F64:  {53, -1022, 1023},
	F32:  {24, -126, 127},
	BF16: {8, -126, 127},
	F16:  {11, -14, 15},
}

// Unit is the unit roundoff u: rounding to nearest errs by at most u*|x|.
func (d DType) Unit() float64 { return math.Ldexp(1, -formats[d].digits) }

// MinNormal is the smallest positive normal number.
func (d DType) MinNormal() float64 { return math.Ldexp(1, formats[d].minExp) }

// MinSubnormal is the smallest positive number.
func (d DType) MinSubnormal() float64 {
	return math.Ldexp(1, formats[d].minExp-formats[d].digits+1)
}

// Max is the largest finite number.
func (d DType) Max() float64 {
	f := formats[d]
	return math.Ldexp(2-math.Ldexp(1, 1-f.digits), f.maxExp)
}

// Ulp is the distance between neighbouring numbers of the format around x:
// for subnormal results it is the constant MinSubnormal.
func (d DType) Ulp(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return d.MinSubnormal()
	}
	_, e := math.Frexp(x) // |x| in [2^(e-1), 2^e)
	return math.Ldexp(1, max(e-formats[d].digits, formats[d].minExp-formats[d].digits+1))
}

// Round is x rounded to the format, to nearest even, with gradual underflow and
// overflow to infinity. The result is exact in float64.
func (d DType) Round(x float64) float64 {
	if d == F64 || x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	ulp := d.Ulp(x)
	r := math.RoundToEven(x/ulp) * ulp // x/ulp is exact: ulp is a power of two
	if math.Abs(r) > d.Max() {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return r
}

// bits16 encodes a value that the 16-bit format represents exactly, or NaN.
func (d DType) bits16(x float64) uint16 {
	f := formats[d]
	mant := f.digits - 1
	var sign uint16
	if math.Signbit(x) {
		sign = 0x8000
	}
	infinity := uint16(1<<(15-mant)-1) << mant
	switch a := math.Abs(x); {
	case math.IsNaN(x):
		return infinity | 1<<(mant-1) // the canonical NaN, positive
	case math.IsInf(a, 0):
		return sign | infinity
	case a < d.MinNormal():
		return sign | uint16(a/d.MinSubnormal())
	default:
		_, e := math.Frexp(a)
		q := uint16(a / d.Ulp(a)) // in [2^mant, 2^(mant+1))
		return sign | uint16(e-1-f.minExp+1)<<mant | q&(1<<mant-1)
	}
}

// from16 is the exact value of a 16-bit pattern.
func (d DType) from16(b uint16) float64 {
	if d == BF16 {
		return float64(math.Float32frombits(uint32(b) << 16))
	}
	sign, e, m := uint64(b>>15)<<63, uint64(b>>10&0x1f), uint64(b&0x3ff)
	switch {
	case e == 0:
		v := float64(m) * 0x1p-24
		return math.Float64frombits(math.Float64bits(v) | sign)
	case e < 31:
		return math.Float64frombits(sign | (e+1023-15)<<52 | m<<42)
	case m == 0:
		return math.Inf(1 - int(b>>15)*2)
	}
	return math.NaN()
}
