// Package properties says what must hold for a kernel, whoever wrote it.
//
// It makes inputs ([Classes]), runs a kernel on them in awkward places of
// memory ([Layout]), compares what comes back with the reference inside a
// derived bound, checks what needs no reference ([Laws]), and reduces a failing
// row to a few logits. An implementation is handed in; this package imports
// none. In a test:
//
//	func TestMine(t *testing.T) { properties.Run(t, properties.Table("mine", rows)) }
//
// and anywhere else:
//
//	report, err := properties.Check(ctx, impl, properties.Options{})
package properties
