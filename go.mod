module github.com/seed-210c9500/assay

go 1.26
