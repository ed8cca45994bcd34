package reference

import "fmt"

// Check refuses a call whose shapes or types do not fit (a plain error: the
// caller's slip) or whose values are out of domain (a *Reject).
func (c *Call) Check() error {
	dims := Dims{}
	d := c.DType()
	for i := range c.Op.In {
		if err := c.checkArg(&c.Op.In[i], c.In[i], dims, d); err != nil {
			return err
		}
	}
	if c.Op.Sizes != nil {
		c.Op.Sizes(c, dims)
	}
	c.parameterDims(dims)
	for i := range c.Op.Out {
		if t := c.Out[i]; !t.Absent() {
			if err := c.checkArg(&c.Op.Out[i], t, dims, 0); err != nil {
				return err
			}
		}
	}
	for name, v := range c.Choice {
		if err := oneOf(name, v, c.Op.Choices[name]...); err != nil {
			return fmt.Errorf("%s: %w", c.Op.Name, err)
		}
	}
	for i := range c.Op.In {
		if a := &c.Op.In[i]; a.Domain != nil && !c.In[i].Absent() {
			if r := a.Domain(c); r != nil {
				return r
			}
		}
	}
	return nil
}

func (c *Call) checkArg(a *Arg, t Tensor, dims Dims, d DType) error {
	if t.Absent() {
		if a.Default == nil && !a.Optional {
			return fmt.Errorf("%s: %s is missing", c.Op.Name, a.Name)
		}
		return nil
	}
	allowed := a.DTypes
	if d != 0 && d.Float() && t.DType.Float() {
		allowed = []DType{a.Type(d)}
	}
	ok := false
	for _, w := range allowed {
		ok = ok || w == t.DType
	}
	if !ok && !(d == 0 && t.DType == F64) { // the reference writes F64 outputs
		return fmt.Errorf("%s: %s has dtype %v, want %v", c.Op.Name, a.Name, t.DType, allowed)
	}
	want := a.Dims
	if a.PerRow && len(t.Shape) == 1 {
		want = []string{"rows"}
	}
	if len(t.Shape) != len(want) || len(t.Stride) != len(t.Shape) {
		return fmt.Errorf("%s: %s has shape %v with strides %v, want %v", c.Op.Name, a.Name, t.Shape, t.Stride, want)
	}
	for j, name := range want {
		if t.Shape[j] < 0 {
			return fmt.Errorf("%s: %s has shape %v: sizes cannot be negative", c.Op.Name, a.Name, t.Shape)
		}
		base, more := plusOne(name)
		if have, seen := dims[base]; seen && have+more != t.Shape[j] {
			return fmt.Errorf("%s: %s has %d %s, want %d as the arguments before it", c.Op.Name, a.Name, t.Shape[j], name, have+more)
		}
		if t.Shape[j] < more {
			return fmt.Errorf("%s: %s has no elements: want at least the offset 0", c.Op.Name, a.Name)
		}
		dims[base] = t.Shape[j] - more
	}
	return nil
}
