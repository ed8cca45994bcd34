package block

// FromF16 is the exact value of an IEEE binary16.
//
// The exponent and fraction, moved to a float32's place, read as the value times
// 2^-112; one exact product puts that right, subnormals included.
func FromF16(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	if h&0x7c00 == 0x7c00 { // infinity; of a NaN the payload, made quiet as processors do
		if h&0x3ff != 0 {
			sign |= 1 << 22
		}
		return floatOf(sign | 0x7f800000 | uint32(h&0x3ff)<<13)
	}
	return floatOf(sign | bitsOf(floatOf(uint32(h&0x7fff)<<13)*0x1p112))
}

// ToBF16 rounds to nearest even into a bfloat16; NaN becomes 0x7fc0.
func ToBF16(v float32) uint16 {
	b := bitsOf(v)
	if b&0x7fffffff > 0x7f800000 {
		return 0x7fc0
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// ToF16 rounds to nearest even into a binary16, gradually at the small end, to
// infinity at the large one; NaN becomes 0x7e00.
func ToF16(v float32) uint16 {
	b := bitsOf(v)
	sign, b := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case b > 0x7f800000:
		return 0x7e00
	case b >= 0x477ff000: // 65520 and above round to infinity
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14: adding 0.5 lines the fraction up with units of 2^-24
		return sign | uint16(bitsOf(floatOf(b)+0.5)-0x3f000000)
	}
	b -= 112 << 23
	return sign | uint16((b+0xfff+b>>13&1)>>13)
}

// WidenBF16 sets dst to the values of the bfloat16s x.
func WidenBF16(isa ISA, dst []float32, x []uint16) {
	dst = dst[:len(x)]
	for i := widen(isa, false, dst, x); i < len(x); i++ {
		dst[i] = floatOf(uint32(x[i]) << 16)
	}
}

// WidenF16 sets dst to the values of the binary16s x.
func WidenF16(isa ISA, dst []float32, x []uint16) {
	dst = dst[:len(x)]
	for i := widen(isa, true, dst, x); i < len(x); i++ {
		dst[i] = FromF16(x[i])
	}
}

// NarrowBF16 sets dst[i] to ToBF16(x[i]*f), the product rounded to float32 first.
func NarrowBF16(isa ISA, dst []uint16, x []float32, f float32) {
	dst = dst[:len(x)]
	for i := narrow(isa, false, dst, x, f); i < len(x); i++ {
		dst[i] = ToBF16(float32(x[i] * f))
	}
}

// NarrowF16 sets dst[i] to ToF16(x[i]*f), the product rounded to float32 first.
func NarrowF16(isa ISA, dst []uint16, x []float32, f float32) {
	dst = dst[:len(x)]
	for i := narrow(isa, true, dst, x, f); i < len(x); i++ {
		dst[i] = ToF16(float32(x[i] * f))
	}
}

// Find returns the lowest index of x that equals v, len(x) if none does.
func Find(isa ISA, x []float32, v float32) int {
	i := 0
	if n := len(x) &^ (unit - 1); n > 0 {
		i = find(isa, x[:n], v)
	}
	for ; i < len(x); i++ {
		if x[i] == v {
			return i
		}
	}
	return i
}
