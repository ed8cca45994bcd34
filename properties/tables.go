package properties

// Classes are the declared kinds of input, Laws what must hold on them.
var (
	Classes []Class
	Laws    []Law
)
