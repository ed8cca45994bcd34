package gen

// Constants of the terms, in V0 to V11; the coefficients follow one another.
const (
	kA v = iota
	kBase
	kNCH
	kNCL
	kI
	kLo
	kC6
	kOne v = kC6 + 5
	kV   v = 12 // 16 working registers, four for each vector
)

// exp replaces the vectors in kV, kV+4, ... by their terms, which it leaves
// in kV+1, kV+5, ...
func (w *writer) exp(count int, general bool) {
	at := func(i, j int) v { return kV + v(4*i+j) }
	each := func(f func(i int)) {
		for i := range count {
			f(i)
		}
	}
	x := func(i int) v { return at(i, 0) }
	zr := func(i int) v { return at(i, 1) }
	q := func(i, step int) v { return at(i, 2+step%2) } // Horner alternates: fmla adds to its output
	if general {
		each(func(i int) { w.fmax(x(i), x(i), kLo) })
	}
	each(func(i int) { w.mov(zr(i), kBase) })
	each(func(i int) { w.fmla(zr(i), x(i), kA) })
	each(func(i int) { w.fsub(q(i, 0), zr(i), kBase) })
	each(func(i int) { w.fmla(x(i), q(i, 0), kNCH) })
	each(func(i int) { w.fmla(x(i), q(i, 0), kNCL) })
	if general {
		each(func(i int) { w.fmul(x(i), x(i), kI) })
	}
	each(func(i int) { w.shl(zr(i), zr(i), 23) })
	each(func(i int) { w.mov(q(i, 1), kC6+1) })
	each(func(i int) { w.fmla(q(i, 1), kC6, x(i)) })
	for step := 2; step <= 6; step++ {
		c := min(kC6+v(step), kOne)
		each(func(i int) { w.mov(q(i, step), c) })
		each(func(i int) { w.fmla(q(i, step), q(i, step-1), x(i)) })
	}
	if general {
		each(func(i int) { w.fmul(zr(i), q(i, 6), zr(i)) })
	} else {
		each(func(i int) { w.add(zr(i), q(i, 6), zr(i)) })
	}
}

// weigh leaves beside the terms, in kV, kV+4, ..., what is added up with them; see
// its namesake for x86. load brings logit i, or the other row's, into a register.
func (w *writer) weigh(count int, general, ratio bool, load func(i int, other bool, d v)) {
	for i := range count {
		u, t, d, z := kV+v(4*i), kV+v(4*i)+1, kV+v(4*i)+2, kV+v(4*i)+3
		load(i, false, u)
		w.spreadAt(z, rK, 24)
		if ratio {
			load(i, true, d)
			w.fsub(u, u, z)
			w.spreadAt(z, rK, 28)
			w.fsub(d, d, z)
			w.fsub(u, u, d)
		} else {
			w.fsub(u, z, u)
			if general {
				w.fmul(u, u, kI)
			}
		}
		w.fmul(u, u, t)
		if general {
			w.word(0x4ea0c800|uint32(t)<<5|uint32(d), "fcmgt v%d.4s, v%d.4s, #0", d, t)
			w.and(u, u, d)
		}
	}
}
