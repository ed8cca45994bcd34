package properties

import (
	"context"

	"github.com/seed-210c9500/assay/reference"
)

func (x *examiner) reduce(ctx context.Context, c Case, f *Finding, laws []Law, runs int) *Finding {
	_ = reference.F32
	return f
}
