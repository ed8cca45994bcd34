module github.com/seed-210c9500/assay

go 1.26

require pgregory.net/rapid v1.3.0 // indirect
