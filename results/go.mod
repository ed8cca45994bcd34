module github.com/seed-210c9500/assay/results

go 1.26.0
