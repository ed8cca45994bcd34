package zoo

import "github.com/seed-210c9500/assay/reference"

// right is the kernel that is changed to make a wrong one.
var right = styles[0]

// asking is the right kernel of a call that was changed first.
func asking(change func(c *reference.Call)) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if _, err := c.Truth(); err != nil { // what must be refused is refused
			return err
		}
		changed := copied(c)
		change(changed)
		if right.run(changed) != nil { // no call any more
			return right.run(c)
		}
		for o := range c.Out {
			for i := range c.Out[o].Len() {
				if !c.Out[o].Absent() {
					c.Out[o].SetBits(i, changed.Out[o].Bits(i))
				}
			}
		}
		return nil
	}
}

// input is the right kernel told something else about every element of an input.
func input(name string, f func(c *reference.Call, i int, v float64) float64) func(*reference.Call) error {
	return asking(func(c *reference.Call) {
		t := c.Arg(name)
		if t.Absent() {
			return
		}
		y := t.Clone()
		for i := range y.Len() {
			y.Put(i, f(c, i, t.Get(i)))
		}
		c.In[c.Op.Input(name)] = y
	})
}

// each gives a parameter another value in every row.
func each(c *reference.Call, name string, f func(v float64) float64) {
	v := make([]float64, c.In[0].Shape[0])
	for r := range v {
		if name == "u" && c.Op.Input("seed") >= 0 {
			v[r] = f(c.Uniform(r))
		} else {
			v[r] = f(c.Param(name, r))
		}
	}
	if a := &c.Op.In[c.Op.Input(name)]; !a.PerRow && len(a.Dims) == 0 {
		v = []float64{f(c.Param(name, 0))}
	}
	give(c, name, v...)
}

// param is the right kernel with another value of a parameter.
func param(name string, f func(v float64) float64) func(*reference.Call) error {
	return asking(func(c *reference.Call) { each(c, name, f) })
}

// choosing is the right kernel with another option picked.
func choosing(choice, asked, picked string) func(*reference.Call) error {
	return asking(func(c *reference.Call) {
		if c.Pick(choice) == asked {
			c.Choice[choice] = picked
		}
	})
}

// answering is the right kernel with its answer changed.
func answering(change func(c *reference.Call)) func(*reference.Call) error {
	return func(c *reference.Call) error {
		if err := right.run(c); err != nil {
			return err
		}
		change(c)
		return nil
	}
}

// output changes every element of an output.
func output(out int, f func(c *reference.Call, i int, v float64) float64) func(*reference.Call) error {
	return answering(func(c *reference.Call) {
		if c.Out[out].Absent() {
			return
		}
		for i := range c.Out[out].Len() {
			c.Out[out].Put(i, f(c, i, c.Out[out].Get(i)))
		}
	})
}

// rowwise changes the answer row by row.
func rowwise(change func(c *reference.Call, r int, x []float64)) func(*reference.Call) error {
	return answering(func(c *reference.Call) {
		for r := range c.In[0].Shape[0] {
			change(c, r, c.In[0].Row(r, nil))
		}
	})
}

// rowsOf changes each row of the first output.
func rowsOf(change func(c *reference.Call, r int, x, y []float64)) func(*reference.Call) error {
	return rowwise(func(c *reference.Call, r int, x []float64) {
		y := c.Out[0].Row(r, nil)
		change(c, r, x, y)
		c.Out[0].PutRow(r, y)
	})
}

// recounted is a filter with another number of tokens kept.
func recounted(f func(n, v int, c *reference.Call, r int) int) func(*reference.Call) error {
	return rowwise(func(c *reference.Call, r int, x []float64) {
		if _, ok := regular(x); ok {
			right.on(c).keepFirst(c, r, max(1, min(len(x), f(int(c.Out[1].Get(r)), len(x), c, r))))
		}
	})
}

// relisted takes each row's list from other places of it.
func relisted(places func(from, to int) []int) func(*reference.Call) error {
	return asking(func(c *reference.Call) {
		var all []int
		at := reference.NewTensor(reference.I64, c.In[0].Shape[0]+1)
		for r := range c.In[0].Shape[0] {
			all = append(all, places(list(c, r))...)
			at.PutInt(r+1, int64(len(all)))
		}
		for i := range c.In {
			switch a := &c.Op.In[i]; {
			case a.Name == "offsets":
				c.In[i] = at
			case len(a.Dims) == 1 && a.Dims[0] == c.Op.In[1].Dims[0] && !c.In[i].Absent():
				t := reference.NewTensor(c.In[i].DType, len(all))
				for n, from := range all {
					t.SetBits(n, c.In[i].Bits(from))
				}
				c.In[i] = t
			}
		}
	})
}

// drawn is a sampler with other uniforms.
func drawn(f func(u float64) float64) func(*reference.Call) error {
	return asking(func(c *reference.Call) {
		each(c, "u", f)
		for _, name := range []string{"seed", "request", "step"} {
			c.In[c.Op.Input(name)] = reference.Tensor{}
		}
	})
}

// reseeded is a sampler with other keys.
func reseeded(f func(w [3]uint64, r int) [3]uint64) func(*reference.Call) error {
	return asking(func(c *reference.Call) {
		if c.Arg("seed").Absent() {
			return
		}
		keys := make([][3]uint64, c.In[0].Shape[0])
		for r := range keys {
			keys[r] = f(words(c, r), r)
		}
		for i, name := range []string{"seed", "request", "step"} {
			if at := c.Op.Input(name); at >= 0 {
				c.In[at] = reference.NewTensor(reference.U64, len(keys))
				for r := range keys {
					c.In[at].SetBits(r, keys[r][i])
				}
			}
		}
	})
}
