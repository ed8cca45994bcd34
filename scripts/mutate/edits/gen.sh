#!/bin/sh
# The tests that must notice an edit of the generators: every instruction set of
# amd64 natively, NEON under qemu.
set -e
quick='^(TestTerms|TestScan|TestMul|TestTree)$'
go test -short -count=1 -failfast -run "$quick" ./optimized/internal/block
GOARCH=arm64 CGO_ENABLED=0 go test -short -count=1 -failfast -exec qemu-aarch64 -run "$quick/neon" ./optimized/internal/block
