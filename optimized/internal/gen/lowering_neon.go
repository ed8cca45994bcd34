package gen

import "fmt"

// neonLowering gives a formula's values registers: each from its step to the last
// step that reads it. Constants and parameters are the same for both vectors.
type neonLowering struct {
	w      *writer
	f      *formula
	words  map[uint64]int
	per    int
	steps  []step
	free   []v
	shares int
}

func (l *neonLowering) take() v {
	if len(l.free) == 0 {
		panic("gen: " + l.f.name + " needs more registers than NEON has")
	}
	r := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return r
}

func (l *neonLowering) run() (last [2]v) {
	for r := v(29); r >= 0; r-- {
		l.free = append(l.free, r)
	}
	until := make([]int, len(l.steps))
	for i, s := range l.steps {
		for _, a := range s.a {
			until[a] = i
		}
	}
	until[len(until)-1] = len(until) // it is the result
	at := make([][2]v, len(l.steps))
	for i, s := range l.steps {
		shared := s.code == "c" || s.code == "k"
		at[i][0] = l.take()
		if at[i][1] = at[i][0]; !shared {
			at[i][1] = l.take()
		}
		switch s.code {
		case "c":
			l.w.load(at[i][0], fTable, l.words[s.bits])
		case "k":
			l.parameter(at[i][0], int(s.bits))
		case "share":
			l.share(&s, at[i], at[s.a[0]])
		default:
			for u := range 2 {
				var a []v
				for _, x := range s.a {
					a = append(a, at[x][u])
				}
				l.step(&s, u, at[i][u], a)
			}
		}
		done := map[value]bool{}
		for _, a := range s.a {
			if until[a] == i && !done[a] {
				done[a] = true
				l.free = append(l.free, at[a][0])
				if at[a][1] != at[a][0] {
					l.free = append(l.free, at[a][1])
				}
			}
		}
	}
	return at[len(at)-1]
}

func (l *neonLowering) parameter(d v, i int) {
	if l.f.single {
		l.w.p("FMOVD %d(%v), F%d", 8*i, rK, d)
		l.w.p("FCVTDS F%d, F%d", d, d)
		l.w.p("VDUP V%d.S[0], V%d.S4", d, d)
		return
	}
	l.w.p("MOVD %d(%v), %v", 8*i, rK, rTmp)
	l.w.p("VDUP %v, V%d.D2", rTmp, d)
}

func (l *neonLowering) share(s *step, d, a [2]v) {
	w := l.w
	skip := fmt.Sprintf("whole%d", l.shares)
	l.shares++
	for u := range d {
		w.mov(d[u], a[u])
	}
	w.p("MOVD %d(%v), %v", 8*s.bits, rK, rTmp)
	w.p("CMP %v, %v", fOne, rTmp)
	w.p("BEQ %s", skip)
	by := l.take()
	w.p("VDUP %v, V%d.D2", rTmp, by)
	for u := range d {
		w.three("fdiv", 0x6e60fc00, d[u], d[u], by, "2d")
	}
	l.free = append(l.free, by)
	w.label(skip)
}

func (l *neonLowering) step(s *step, u int, d v, a []v) {
	w := l.w
	switch s.code {
	case "in":
		l.in(int(s.bits), u, d)
	case "add", "sub", "mul", "div":
		code := map[string]uint32{"add": 0x4e20d400, "sub": 0x4ea0d400, "mul": 0x6e20dc00, "div": 0x6e20fc00}[s.code]
		if l.f.single {
			w.three("f"+s.code, code, d, a[0], a[1], "4s")
		} else {
			w.three("f"+s.code, code|1<<22, d, a[0], a[1], "2d")
		}
	case "iadd":
		w.p("VADD V%d.D2, V%d.D2, V%d.D2", a[1], a[0], d)
	case "isub":
		w.p("VSUB V%d.D2, V%d.D2, V%d.D2", a[1], a[0], d)
	case "shr":
		w.p("VUSHR $%d, V%d.D2, V%d.D2", s.bits, a[0], d)
	case "or":
		w.p("VORR V%d.B16, V%d.B16, V%d.B16", a[1], a[0], d)
	case "and", "both", "only":
		w.and(d, a[0], a[1])
	case "gt":
		w.three("fcmgt", 0x6ee0e400, d, a[0], a[1], "2d")
	case "pick":
		w.mov(d, a[0])
		w.three("bsl", 0x6e601c00, d, a[1], a[2], "16b")
	default:
		panic("gen: no step " + s.code)
	}
}

func (l *neonLowering) in(row, u int, d v) {
	w := l.w
	from := []reg64{rX, fQ}[row]
	if l.f.single {
		w.load(d, from, 16*u)
		return
	}
	w.p("FMOVD %d(%v), F%d", 8*u, from, d)
	for _, watched := range l.f.watch {
		if watched != row {
			continue
		}
		bits := d
		if l.f.signed {
			bits = l.take()
			w.and(bits, d, vAbs)
			l.free = append(l.free, bits)
		}
		w.umax(vMag, vMag, bits)
	}
	w.fcvtl(d, d)
}
