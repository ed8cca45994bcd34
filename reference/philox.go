package reference

// Philox4x32 is the counter-based generator Philox4x32-10 of Salmon, Moraes,
// Dror and Shaw (SC 2011): ten rounds of two 32x32->64 products and xors turn a
// 128-bit counter under a 64-bit key into four random words.
func Philox4x32(counter [4]uint32, key [2]uint32) [4]uint32 {
	for range 10 {
		a := uint64(counter[0]) * 0xD2511F53
		b := uint64(counter[2]) * 0xCD9E8D57
		counter = [4]uint32{
			uint32(b>>32) ^ counter[1] ^ key[0], uint32(b),
			uint32(a>>32) ^ counter[3] ^ key[1], uint32(a),
		}
		key[0] += 0x9E3779B9
		key[1] += 0xBB67AE85
	}
	return counter
}

// PhiloxUniform is the number in [0, 1) a row draws: 53 bits of the block whose
// key is the seed and whose counter is (block 0, step, request low, request
// high). Seed, request and step alone decide it.
func PhiloxUniform(seed, request uint64, step uint32) float64 {
	w := Philox4x32([4]uint32{0, step, uint32(request), uint32(request >> 32)}, [2]uint32{uint32(seed), uint32(seed >> 32)})
	return float64((uint64(w[0])<<32|uint64(w[1]))>>11) * 0x1p-53
}
